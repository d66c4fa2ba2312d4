// Package account is who people are: sign-up and sign-in, sessions, profiles and roles.
//
// A sign-in opens a session: a row, and a family of refresh tokens of which each is used once. Access
// tokens are signed and short-lived; every replica knows the sessions that have ended, so a request
// is authenticated without the database.
package account

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Why a change of an account can be refused.
var (
	ErrEmailInvalid        = fault.Business("ACCOUNT_EMAIL_INVALID")
	ErrEmailTaken          = fault.Business("ACCOUNT_EMAIL_TAKEN")
	ErrNameInvalid         = fault.Business("ACCOUNT_NAME_INVALID")
	ErrPasswordWeak        = fault.Business("ACCOUNT_PASSWORD_WEAK")
	ErrPasswordUnchanged   = fault.Business("ACCOUNT_PASSWORD_UNCHANGED")
	ErrPasswordWrong       = fault.Business("ACCOUNT_PASSWORD_WRONG")
	ErrRoleInvalid         = fault.Business("ACCOUNT_ROLE_INVALID")
	ErrCredentialsInvalid  = fault.Business("ACCOUNT_CREDENTIALS_INVALID")
	ErrSignInThrottled     = fault.Business("ACCOUNT_SIGN_IN_THROTTLED")
	ErrRefreshTokenInvalid = fault.Business("ACCOUNT_REFRESH_TOKEN_INVALID")
	ErrRefreshTokenReused  = fault.Business("ACCOUNT_REFRESH_TOKEN_REUSED")
	ErrNotFound            = fault.Business("ACCOUNT_NOT_FOUND")
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
	GuestToken *string
}

// SignInInput says who signs in.
type SignInInput struct {
	Email      string
	Password   string
	UseCookies bool
	GuestToken *string
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
