// Package account is who people are: sign-up and sign-in, sessions, profiles, roles and uploads.
package account

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
)

// Session is a signed-in session as its client sees it. The tokens are nil when they travel in cookies.
type Session struct {
	AccessToken          *string
	AccessTokenExpiresAt time.Time
	RefreshToken         *string
	User                 *ent.User
}

// SignUpInput describes a new account.
type SignUpInput struct {
	Email      string
	Password   string
	Name       string
	Role       user.Role
	UseCookies bool
}

// SignInInput says who signs in.
type SignInInput struct {
	Email      string
	Password   string
	UseCookies bool
}

// RefreshSessionInput says which session goes on.
type RefreshSessionInput struct {
	RefreshToken *string
}

// SignOutInput says which session ends.
type SignOutInput struct {
	RefreshToken *string
}

// UpdateProfileInput says what changes in a profile; what is not set stays.
type UpdateProfileInput struct {
	Name      graphql.Omittable[*string]
	AvatarKey graphql.Omittable[*string]
}

// ChangePasswordInput holds the old and the new password.
type ChangePasswordInput struct {
	CurrentPassword string
	NewPassword     string
}

// DeleteAccountInput confirms a deletion.
type DeleteAccountInput struct {
	Password string
}

// SetUserRoleInput says who gets which role.
type SetUserRoleInput struct {
	UserID string
	Role   user.Role
}
