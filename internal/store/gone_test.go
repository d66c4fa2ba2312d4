package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	stores "github.com/moa-bff/moa/internal/store"
	"github.com/moa-bff/moa/test/testkit"
)

func TestNothingIsKeptForWhoIsGone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		shop := b.add(t, "가게", nil)
		for name, write := range map[string]func(ctx context.Context) error{
			"follow": func(ctx context.Context) error {
				_, err := b.Follow(ctx, shop.ID)
				return err
			},
			"create": func(ctx context.Context) error {
				_, err := b.Create(ctx, stores.CreateInput{Name: "새 가게", Category: "식당"})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				person := testkit.Person(t, d, user.RoleOWNER)
				err := testkit.DuringDeletion(t, d, person, func() error { return write(testkit.As(t, person)) })
				require.ErrorIs(t, err, fault.Unauthenticated)
			})
		}
		require.Zero(t, d.Read().Follow.Query().CountX(t.Context()))
		require.Equal(t, 1, d.Read().Store.Query().CountX(t.Context()))
	})
}
