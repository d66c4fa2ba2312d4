package testkit

import (
	"context"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Person adds a user of the role straight to the rows, without a password.
func Person(t testing.TB, d *db.DB, role user.Role) *ent.User {
	t.Helper()
	var person *ent.User
	Write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		mail := strings.ToLower(ulid.Make().String()) + "@moa.example"
		person, err = tx.User.Create().SetName("이웃").SetEmail(mail).SetEmailHash(mail).SetRole(role).Save(ctx)
		return err
	})
	return person
}

// As returns a context in which person is asking.
func As(t testing.TB, person *ent.User) context.Context {
	t.Helper()
	return viewer.With(t.Context(), viewer.Viewer{ID: person.ID, Role: person.Role, SessionID: "ses_test"})
}

// Write changes rows in a transaction.
func Write(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	require.NoError(t, d.InTx(context.Background(), fn))
}
