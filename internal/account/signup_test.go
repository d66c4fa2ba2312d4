package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

func TestSignUpSignsIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		s, err := b.SignUp(t.Context(), account.SignUpInput{
			Email: " Sparrow@Moa.Example ", Password: goodPassword, Name: "  참새  ", Role: user.RoleOWNER,
		})
		require.NoError(t, err)
		require.Equal(t, "참새", s.User.Name)
		require.Equal(t, "Sparrow@Moa.Example", *s.User.Email)
		require.WithinDuration(t, time.Now().Add(30*time.Minute), s.AccessTokenExpiresAt, time.Minute)

		v, err := b.Authenticate(t.Context(), *s.AccessToken)
		require.NoError(t, err)
		require.Equal(t, s.User.ID, v.ID)
		require.Equal(t, user.RoleOWNER, v.Role)
		require.NotEmpty(t, v.SessionID)
		require.NoError(t, b.Alive(t.Context(), v))

		row := b.row(t, s.User.ID)
		require.True(t, strings.HasPrefix(*row.PasswordHash, "$argon2id$v=19$m=64,t=1,p=1$"), *row.PasswordHash)
		require.Equal(t, []map[string]any{{"userId": s.User.ID, "role": "OWNER"}}, b.payloads(t, account.TopicSignedUp, s.User.ID))
		_, err = b.signIn(t.Context(), "sparrow@moa.example", goodPassword)
		require.NoError(t, err)
	})
}

func TestSignUpNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		_, err := b.SignUp(t.Context(), account.SignUpInput{Email: "sparrow", Password: "short", Name: " ", Role: user.RoleADMIN})
		var found []string
		for _, f := range fault.BusinessOf(err) {
			found = append(found, string(f.Code)+" at "+strings.Join(f.Field, "."))
		}
		require.Equal(t, []string{
			"ACCOUNT_EMAIL_INVALID at email",
			"ACCOUNT_PASSWORD_WEAK at password",
			"ACCOUNT_NAME_INVALID at name",
			"ACCOUNT_ROLE_INVALID at role",
		}, found)
		require.Zero(t, b.hashes.Load(), "nothing is hashed in vain")
	})
}

func TestSignUpHoldsTheRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		good := account.SignUpInput{Email: "rules@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER}
		for name, attempt := range map[string]struct {
			change func(*account.SignUpInput)
			want   error
		}{
			"7 characters":         {func(i *account.SignUpInput) { i.Password = "일이삼사오육칠" }, account.ErrPasswordWeak},
			"129 characters":       {func(i *account.SignUpInput) { i.Password = strings.Repeat("가", 129) }, account.ErrPasswordWeak},
			"a common password":    {func(i *account.SignUpInput) { i.Password = "PassWord123" }, account.ErrPasswordWeak},
			"a counselor":          {func(i *account.SignUpInput) { i.Role = user.RoleCOUNSELOR }, account.ErrRoleInvalid},
			"an unknown role":      {func(i *account.SignUpInput) { i.Role = "KING" }, account.ErrRoleInvalid},
			"51 letters":           {func(i *account.SignUpInput) { i.Name = strings.Repeat("가", 51) }, account.ErrNameInvalid},
			"an invisible name":    {func(i *account.SignUpInput) { i.Name = "\u200b\u200d" }, account.ErrNameInvalid},
			"a name with NUL":      {func(i *account.SignUpInput) { i.Name = "a\x00b" }, account.ErrNameInvalid},
			"a name that turns":    {func(i *account.SignUpInput) { i.Name = "a\u202eb" }, account.ErrNameInvalid},
			"a name of no letters": {func(i *account.SignUpInput) { i.Name = "\xff\xfe" }, account.ErrNameInvalid},
		} {
			input := good
			attempt.change(&input)
			_, err := b.SignUp(t.Context(), input)
			require.ErrorIs(t, err, attempt.want, name)
		}
		good.Password, good.Name = strings.Repeat("가", 128), strings.Repeat("가", 50)
		_, err := b.SignUp(t.Context(), good)
		require.NoError(t, err)
		_, err = b.signIn(t.Context(), good.Email, good.Password)
		require.NoError(t, err)
	})
}

func TestEmailAddresses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for _, good := range []string{"a@b.kr", "a.b+c@sub.moa.example", strings.Repeat("a", 64) + "@moa.example", "참새@모아.한국"} {
			_, err := b.Add(t.Context(), good, "", user.RoleUSER)
			require.NoError(t, err, good)
		}
		for _, bad := range []string{
			"", " ", "a", "@", "a@", "@b.kr", "a@b", "a@@b.kr", "a@b..kr", "a@.b.kr", "a@b.kr.", "a@-b.kr", "a@[1.2.3.4]",
			"a b@c.kr", `"a b"@c.kr`, "A <a@b.kr>", "a@b.kr, c@d.kr", "a@b.kr (hello)", "a@b.kr\r\nBcc: c@d.kr", "a\x00@b.kr",
			strings.Repeat("a", 65) + "@b.kr", "a@" + strings.Repeat("b", 64) + ".kr", "a@" + strings.Repeat("b.", 130) + "kr",
		} {
			_, err := b.Add(t.Context(), bad, "", user.RoleUSER)
			require.ErrorIs(t, err, account.ErrEmailInvalid, "%q", bad)
		}
	})
}

func TestAnAddressHasOneAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		refused := make(chan error, 8)
		for range cap(refused) {
			go func() {
				_, err := b.SignUp(t.Context(), account.SignUpInput{
					Email: "race@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER,
				})
				refused <- err
			}()
		}
		made := 0
		for range cap(refused) {
			if err := <-refused; err != nil {
				requireFault(t, err, account.ErrEmailTaken, "email")
				continue
			}
			made++
		}
		require.Equal(t, 1, made)
		_, err := b.SignUp(t.Context(), account.SignUpInput{
			Email: "RACE@moa.example", Password: goodPassword, Name: "이웃", Role: user.RoleUSER,
		})
		require.ErrorIs(t, err, account.ErrEmailTaken)
		n, err := b.db.Read().User.Query().Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func TestAddIsIdempotent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		first, err := b.Add(t.Context(), "Admin@moa.example", goodPassword, user.RoleADMIN)
		require.NoError(t, err)
		require.Equal(t, "admin", first.Name)
		hashes := b.hashes.Load()
		again, err := b.Add(t.Context(), "admin@moa.example", otherPassword, user.RoleUSER)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, user.RoleADMIN, again.Role)
		require.Equal(t, hashes, b.hashes.Load())
		s, err := b.signIn(t.Context(), "admin@moa.example", goodPassword)
		require.NoError(t, err)

		_, err = b.Add(t.Context(), "weak@moa.example", "password", user.RoleUSER)
		require.ErrorIs(t, err, account.ErrPasswordWeak)
		_, err = b.Add(t.Context(), "role@moa.example", "", "KING")
		require.ErrorIs(t, err, account.ErrRoleInvalid)
		_, err = b.DeleteAccount(b.as(t, s), account.DeleteAccountInput{Password: goodPassword})
		require.NoError(t, err)
		_, err = b.Add(t.Context(), "admin@moa.example", goodPassword, user.RoleADMIN)
		require.ErrorIs(t, err, account.ErrEmailTaken)
	})
}

func TestGrantOpensASessionForEach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		one, err := b.Add(t.Context(), "one@moa.example", "", user.RoleUSER)
		require.NoError(t, err)
		two, err := b.Add(t.Context(), "two@moa.example", "", user.RoleOWNER)
		require.NoError(t, err)
		tokens, err := b.Grant(t.Context(), one, two)
		require.NoError(t, err)
		for i, u := range []string{one.ID, two.ID} {
			v, err := b.Authenticate(t.Context(), tokens[i])
			require.NoError(t, err)
			require.Equal(t, u, v.ID)
			_, err = b.SignOut(viewer.With(t.Context(), v), account.SignOutInput{})
			require.NoError(t, err)
			require.ErrorIs(t, b.Alive(t.Context(), v), fault.Unauthenticated)
		}
	})
}
