package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// worry adds a counselling session of a guest.
func worry(t *testing.T, d *db.DB, guestID string) *ent.CounselSession {
	t.Helper()
	var made *ent.CounselSession
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		made, err = tx.CounselSession.Create().SetGuestID(guestID).SetKind(counselsession.KindWORRY).
			SetStatus(counselsession.StatusCOMPLETED).SetTitle([]byte("sealed")).SetLanguage("ko").SetUpdatedAt(time.Now()).Save(ctx)
		return err
	})
	return made
}

func TestAGuestIsKnownByItsTokenAndTakesSessionsAlong(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		d := b.db
		id, token, err := b.NewGuest(t.Context())
		require.NoError(t, err)
		v, err := b.Authenticate(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, viewer.Viewer{GuestID: id}, v)
		require.True(t, v.IsGuest())

		owner := func(session *ent.CounselSession) *string {
			row, err := d.Read().CounselSession.Get(t.Context(), session.ID)
			require.NoError(t, err)
			return row.UserID
		}
		first, other := worry(t, d, id), worry(t, d, "gst_other")
		signedUp, err := b.SignUp(viewer.With(t.Context(), v), account.SignUpInput{
			Email: "guest@moa.example", Password: "a good long one", Name: "손님", Role: user.RoleUSER,
		})
		require.NoError(t, err)
		require.Equal(t, &signedUp.User.ID, owner(first), "whoever asks with the token need not repeat it")
		require.Nil(t, owner(other))

		second := worry(t, d, id)
		_, err = b.SignIn(t.Context(), account.SignInInput{Email: "guest@moa.example", Password: "a good long one", GuestToken: &token})
		require.NoError(t, err)
		require.Equal(t, &signedUp.User.ID, owner(second))

		_, err = b.SignIn(t.Context(), account.SignInInput{Email: "guest@moa.example", Password: "a good long one", GuestToken: signedUp.AccessToken})
		require.ErrorIs(t, err, fault.InvalidArgument, "an access token is no guest's")
	})
}

func TestADeletedAccountLeavesNoWorries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		d := b.db
		id, token, err := b.NewGuest(t.Context())
		require.NoError(t, err)
		worry(t, d, id)
		s, err := b.SignUp(t.Context(), account.SignUpInput{
			Email: "leaves@moa.example", Password: "a good long one", Name: "손님", Role: user.RoleUSER, GuestToken: &token,
		})
		require.NoError(t, err)
		ctx := viewer.With(t.Context(), viewer.Viewer{ID: s.User.ID, Role: s.User.Role})
		_, err = b.DeleteAccount(ctx, account.DeleteAccountInput{Password: "a good long one"})
		require.NoError(t, err)
		require.Zero(t, d.Read().CounselSession.Query().Where(counselsession.UserID(s.User.ID)).CountX(t.Context()))
	})
}
