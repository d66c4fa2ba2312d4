package account_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

func TestChangePasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		other, err := b.signIn(t.Context(), "a@moa.example", goodPassword)
		require.NoError(t, err)
		stranger := b.signUp(t, "b@moa.example", user.RoleUSER)

		u, err := b.ChangePassword(b.as(t, s), account.ChangePasswordInput{CurrentPassword: goodPassword, NewPassword: otherPassword})
		require.NoError(t, err)
		require.Equal(t, s.User.ID, u.ID)
		b.requireEnded(t, other)
		b.requireAlive(t, s)
		b.requireAlive(t, stranger)
		_, err = b.refresh(t.Context(), s.RefreshToken)
		require.NoError(t, err)
		_, err = b.signIn(t.Context(), "a@moa.example", goodPassword)
		require.ErrorIs(t, err, account.ErrCredentialsInvalid)
		_, err = b.signIn(t.Context(), "a@moa.example", otherPassword)
		require.NoError(t, err)
	})
}

func TestChangePasswordHoldsTheRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := b.as(t, b.signUp(t, "a@moa.example", user.RoleUSER))
		for name, attempt := range map[string]struct {
			current, fresh string
			want           *fault.Error
			field          string
		}{
			"wrong":     {otherPassword, otherPassword + "!", account.ErrPasswordWrong, "currentPassword"},
			"weak":      {goodPassword, "password", account.ErrPasswordWeak, "newPassword"},
			"unchanged": {goodPassword, goodPassword, account.ErrPasswordUnchanged, "newPassword"},
			"no oracle": {otherPassword, goodPassword, account.ErrPasswordWrong, "currentPassword"},
		} {
			_, err := b.ChangePassword(ctx, account.ChangePasswordInput{CurrentPassword: attempt.current, NewPassword: attempt.fresh})
			requireFault(t, err, attempt.want, attempt.field)
			require.NotEmpty(t, name)
		}
		_, err := b.ChangePassword(t.Context(), account.ChangePasswordInput{})
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestAStolenAccessTokenCannotGuessThePassword(t *testing.T) {
	t.Parallel()
	withLimiters(t, func(t *testing.T, b *bench) {
		ctx := b.as(t, b.signUp(t, "a@moa.example", user.RoleUSER))
		for i := range 10 {
			var err error
			if i%2 == 0 {
				_, err = b.DeleteAccount(ctx, account.DeleteAccountInput{Password: otherPassword})
			} else {
				_, err = b.ChangePassword(ctx, account.ChangePasswordInput{CurrentPassword: otherPassword, NewPassword: "quite another one"})
			}
			require.ErrorIs(t, err, account.ErrPasswordWrong)
		}
		_, err := b.DeleteAccount(ctx, account.DeleteAccountInput{Password: goodPassword})
		require.ErrorIs(t, err, fault.RateLimited)
	})
}

func TestSetUserRoleEndsTheSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		admin := testkit.As(t, testkit.Person(t, b.db, user.RoleADMIN))
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		input := account.SetUserRoleInput{UserID: s.User.ID, Role: user.RoleCOUNSELOR}

		_, err := b.SetUserRole(b.as(t, s), input)
		require.ErrorIs(t, err, fault.Forbidden)
		_, err = b.SetUserRole(t.Context(), input)
		require.ErrorIs(t, err, fault.Unauthenticated)
		for _, id := range []string{"usr_none", "", "nul\x00"} {
			_, err = b.SetUserRole(admin, account.SetUserRoleInput{UserID: id, Role: user.RoleADMIN})
			requireFault(t, err, account.ErrNotFound, "userId")
		}

		u, err := b.SetUserRole(admin, account.SetUserRoleInput{UserID: s.User.ID, Role: user.RoleUSER})
		require.NoError(t, err)
		require.Equal(t, user.RoleUSER, u.Role)
		b.requireAlive(t, s)

		u, err = b.SetUserRole(admin, input)
		require.NoError(t, err)
		require.Equal(t, user.RoleCOUNSELOR, u.Role)
		b.requireEnded(t, s)
		require.Equal(t, []map[string]any{{"userId": u.ID, "from": "USER", "to": "COUNSELOR"}}, b.payloads(t, account.TopicRoleChanged, u.ID))
		s, err = b.signIn(t.Context(), "a@moa.example", goodPassword)
		require.NoError(t, err)
		require.Equal(t, user.RoleCOUNSELOR, viewer.From(b.as(t, s)).Role)
	})
}

// picture uploads a PNG as the session's viewer and returns its key.
func (b *bench) picture(t *testing.T, s *account.Session) string {
	t.Helper()
	ctx := b.as(t, s)
	var body bytes.Buffer
	require.NoError(t, png.Encode(&body, image.NewGray(image.Rect(0, 0, 3, 3))))
	to, err := b.media.CreateUpload(ctx, media.CreateUploadInput{
		Purpose: upload.PurposeAVATAR, ContentType: "image/png", ByteSize: body.Len(),
	})
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(ctx, to.Method, to.URL, &body)
	r.Header.Set("Content-Type", "image/png")
	w := httptest.NewRecorder()
	b.media.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusCreated, w.Code)
	return to.BlobKey
}

// isAttached reports whether an upload is in use.
func (b *bench) isAttached(t *testing.T, key string) bool {
	t.Helper()
	row, err := b.db.Read().Upload.Query().Where(upload.BlobKey(key)).Only(t.Context())
	require.NoError(t, err)
	return row.AttachedAt != nil
}

func name(text string) graphql.Omittable[*string] { return graphql.OmittableOf(&text) }

func TestUpdateProfileChangesWhatIsSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		ctx, first, second := b.as(t, s), b.picture(t, s), b.picture(t, s)

		u, err := b.UpdateProfile(ctx, account.UpdateProfileInput{Name: name(" 까치 ")})
		require.NoError(t, err)
		require.Equal(t, "까치", u.Name)
		require.Nil(t, u.AvatarKey)
		for range 2 { // also when the first answer was lost
			u, err = b.UpdateProfile(ctx, account.UpdateProfileInput{AvatarKey: graphql.OmittableOf(&first)})
			require.NoError(t, err)
			require.Equal(t, "까치", u.Name)
			require.Equal(t, first, *u.AvatarKey)
		}
		u, err = b.UpdateProfile(ctx, account.UpdateProfileInput{})
		require.NoError(t, err)
		require.Equal(t, first, *u.AvatarKey)

		u, err = b.UpdateProfile(ctx, account.UpdateProfileInput{AvatarKey: graphql.OmittableOf(&second)})
		require.NoError(t, err)
		require.Equal(t, second, *u.AvatarKey)
		require.False(t, b.isAttached(t, first), "the old picture may be swept")
		require.True(t, b.isAttached(t, second))

		u, err = b.UpdateProfile(ctx, account.UpdateProfileInput{AvatarKey: graphql.OmittableOf[*string](nil)})
		require.NoError(t, err)
		require.Nil(t, u.AvatarKey)
		require.False(t, b.isAttached(t, second))
	})
}

func TestUpdateProfileHoldsTheRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := b.as(t, b.signUp(t, "a@moa.example", user.RoleUSER))
		stranger := b.signUp(t, "b@moa.example", user.RoleUSER)
		_, err := b.UpdateProfile(ctx, account.UpdateProfileInput{Name: name("")})
		requireFault(t, err, account.ErrNameInvalid, "name")
		_, err = b.UpdateProfile(ctx, account.UpdateProfileInput{Name: graphql.OmittableOf[*string](nil)})
		requireFault(t, err, account.ErrNameInvalid, "name")
		theirs := b.picture(t, stranger)
		_, err = b.UpdateProfile(ctx, account.UpdateProfileInput{Name: name("까치"), AvatarKey: graphql.OmittableOf(&theirs)})
		requireFault(t, err, media.ErrNotFound, "avatarKey")
		u, err := b.Viewer(ctx)
		require.NoError(t, err)
		require.Equal(t, "이웃", u.Name, "all or nothing")
		_, err = b.UpdateProfile(t.Context(), account.UpdateProfileInput{Name: name("까치")})
		require.ErrorIs(t, err, fault.Unauthenticated)
	})
}

func TestDeleteAccountLeavesNothingPersonal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s := b.signUp(t, "gone@moa.example", user.RoleOWNER)
		ctx := b.as(t, s)
		other, err := b.signIn(t.Context(), "gone@moa.example", goodPassword)
		require.NoError(t, err)
		avatar := b.picture(t, s)
		_, err = b.UpdateProfile(ctx, account.UpdateProfileInput{AvatarKey: graphql.OmittableOf(&avatar)})
		require.NoError(t, err)
		neighbour := testkit.Person(t, b.db, user.RoleOWNER)
		mine, theirs := b.shop(t, s.User, neighbour), b.shop(t, neighbour, s.User)

		_, err = b.DeleteAccount(ctx, account.DeleteAccountInput{Password: otherPassword})
		requireFault(t, err, account.ErrPasswordWrong, "password")
		u, err := b.DeleteAccount(ctx, account.DeleteAccountInput{Password: goodPassword})
		require.NoError(t, err)
		require.Equal(t, b.row(t, u.ID).String(), u.String())
		require.Equal(t, "탈퇴한 회원", u.Name)
		require.Nil(t, u.Email)
		require.Nil(t, u.PasswordHash)
		require.Nil(t, u.AvatarKey)
		require.NotNil(t, u.DeletedAt)
		require.False(t, b.isAttached(t, avatar))

		b.requireEnded(t, s)
		b.requireEnded(t, other)
		_, err = b.Viewer(ctx)
		require.ErrorIs(t, err, fault.Unauthenticated)
		_, err = b.SignUp(t.Context(), account.SignUpInput{Email: "Gone@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER})
		require.ErrorIs(t, err, account.ErrEmailTaken)
		require.Equal(t, []map[string]any{{"userId": u.ID}}, b.payloads(t, account.TopicDeleted, u.ID))
		b.requireShop(t, mine, 2, true)
		b.requireShop(t, theirs, 1, false)
		searches, err := b.db.Read().SearchHistory.Query().All(t.Context())
		require.NoError(t, err)
		require.Len(t, searches, 1, "only the neighbour's")
		follows, err := b.db.Read().Follow.Query().All(t.Context())
		require.NoError(t, err)
		require.Len(t, follows, 1)
		require.Equal(t, neighbour.ID, follows[0].UserID)
	})
}

// shop gives owner a store with a coupon, which follower follows, and a search.
func (b *bench) shop(t *testing.T, owner, follower *ent.User) *ent.Coupon {
	t.Helper()
	var coupon *ent.Coupon
	testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
		shop := tx.Store.Create().SetOwnerID(owner.ID).SetName("방앗간").SetCategory("떡").SetSearchText("방앗간").SaveX(ctx)
		now := time.Now()
		coupon = tx.Coupon.Create().SetStoreID(shop.ID).SetTitle("가래떡").SetDiscountKind("AMOUNT").SetDiscountValue(1000).
			SetQuantity(10).SetStartsAt(now).SetEndsAt(now).SetExpiresAt(now).SetSearchText("가래떡").SaveX(ctx)
		tx.Follow.Create().SetUserID(follower.ID).SetStoreID(shop.ID).SaveX(ctx)
		return tx.SearchHistory.Create().SetUserID(owner.ID).SetKeyword("떡").Exec(ctx)
	})
	return coupon
}

// requireShop wants a coupon of a version, deleted with its store or not.
func (b *bench) requireShop(t *testing.T, coupon *ent.Coupon, version int64, deleted bool) {
	t.Helper()
	row, err := b.db.Read().Coupon.Get(t.Context(), coupon.ID)
	require.NoError(t, err)
	shop, err := row.QueryStore().Only(t.Context())
	require.NoError(t, err)
	require.Equal(t, version, row.Version)
	require.Equal(t, deleted, row.DeletedAt != nil)
	require.Equal(t, deleted, shop.DeletedAt != nil)
}

func TestWhoMaySeeWhom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		guest, err := b.Viewer(t.Context())
		require.NoError(t, err)
		require.Nil(t, guest)

		s := b.signUp(t, "a@moa.example", user.RoleUSER)
		me, err := b.Viewer(b.as(t, s))
		require.NoError(t, err)
		require.Equal(t, s.User.ID, me.ID)
		require.Equal(t, "a@moa.example", *b.Email(b.as(t, s), me))
		require.Equal(t, "a@moa.example", *b.Email(testkit.As(t, testkit.Person(t, b.db, user.RoleADMIN)), me))
		require.Nil(t, b.Email(testkit.As(t, testkit.Person(t, b.db, user.RoleOWNER)), me))
		require.Nil(t, b.Email(t.Context(), me))

		ctx, statements := db.WithCounter(t.Context())
		users, err := b.ByIDs(ctx, []string{me.ID, "usr_none", "nul\x00"})
		require.NoError(t, err)
		require.Equal(t, 1, statements.Count())
		require.Len(t, users, 1)
		require.Equal(t, "이웃", users[me.ID].Name)
	})
}
