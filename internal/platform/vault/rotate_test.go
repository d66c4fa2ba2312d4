package vault_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestAnOuterKeyIsReplacedAndTheOldOneCanGo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		before := open(d, local(t, "a"))
		first := seal(t, before, "first", "message", "1")
		_, err := before.Rotate(t.Context())
		require.NoError(t, err)
		second := seal(t, before, "second", "message", "2")

		both := open(d, local(t, "b"), local(t, "a"))
		report, err := both.Rotate(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, report.Wrapped)
		require.Equal(t, local(t, "b").Name(), report.Keeper)
		third := seal(t, both, "third", "message", "3")

		after := open(d, local(t, "b"))
		require.NoError(t, after.Unlock(t.Context()))
		requireOpens(t, after, "first", first, "message", "1")
		requireOpens(t, after, "second", second, "message", "2")
		requireOpens(t, after, "third", third, "message", "3")
		rows := dataKeys(t, d)
		require.Len(t, rows, 3)
		for i, row := range rows {
			require.Equal(t, report.Keeper, row.Keeper)
			require.Equal(t, i < 2, row.RetiredAt != nil)
		}
		require.Equal(t, report.DataKey, rows[2].ID)
		require.ErrorIs(t, open(d, local(t, "a")).Unlock(t.Context()), vault.ErrWrongKey)
	})
}

// failing is a keeper that cannot wrap.
type failing struct{ vault.Keeper }

func (failing) Wrap(context.Context, []byte) ([]byte, error) { return nil, errors.New("no hand free") }

func TestARotationThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		sealed := seal(t, v, "secret", "message", "1")
		before := dataKeys(t, d)
		_, err := open(d, failing{local(t, "b")}, local(t, "a")).Rotate(t.Context())
		require.ErrorContains(t, err, "no hand free")
		require.ErrorContains(t, err, local(t, "b").Name())
		require.Equal(t, before[0].Wrapped, dataKeys(t, d)[0].Wrapped)
		require.Len(t, dataKeys(t, d), 1)
		requireOpens(t, open(d, local(t, "a")), "secret", sealed, "message", "1")
	})
}

func TestRotationsAtOnceLeaveOneCurrentKey(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		require.NoError(t, open(d, local(t, "a")).Unlock(t.Context()))
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				_, err := open(d, local(t, "a")).Rotate(t.Context())
				require.NoError(t, err)
			})
		}
		group.Wait()
		current := 0
		for _, row := range dataKeys(t, d) {
			if row.RetiredAt == nil {
				current++
			}
		}
		require.Equal(t, 1, current)
	})
}

func TestNothingFailsWhileKeysAreRotated(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		var clock atomic.Int64 // minutes; each look at it is one later, so that vaults look for new keys often
		start := time.Now()
		replica := func() *vault.Vault {
			return vault.New(vault.Options{
				DB: d, Keepers: []vault.Keeper{local(t, "b"), local(t, "a")},
				Now: func() time.Time { return start.Add(time.Duration(clock.Add(1)) * time.Minute) },
			})
		}
		replicas := []*vault.Vault{replica(), replica()}
		require.NoError(t, open(d, local(t, "a")).Unlock(t.Context()))
		over := make(chan struct{})
		texts := make(chan []byte, 8)
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-over:
						if n >= 100 {
							return
						}
					default:
					}
					texts <- seal(t, replicas[i%2], "secret", "message", "1")
					requireOpens(t, replicas[(i+n)%2], "secret", <-texts, "message", "1")
				}
			})
		}
		for range 10 {
			_, err := replica().Rotate(t.Context())
			require.NoError(t, err)
		}
		close(over)
		group.Wait()
		require.Len(t, dataKeys(t, d), 11)
		requireOpens(t, replicas[0], "x", seal(t, replicas[1], "x", "message", "1"), "message", "1")
	})
}

func TestAnotherProcessUsesTheNewKeyWithinAMinute(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now()
		v := vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{local(t, "a")}, Now: func() time.Time { return now }})
		sealed := seal(t, v, "secret", "message", "1")
		_, err := open(d, local(t, "a")).Rotate(t.Context())
		require.NoError(t, err)
		require.Equal(t, sealed[:17], seal(t, v, "secret", "message", "1")[:17])
		now = now.Add(time.Minute)
		require.NotEqual(t, sealed[:17], seal(t, v, "secret", "message", "1")[:17])
		requireOpens(t, v, "secret", sealed, "message", "1")
	})
}

func TestSealsAreCountedAndAWornKeyIsReplaced(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		a, b := open(d, local(t, "b"), local(t, "a")), open(d, local(t, "a"))
		require.NoError(t, a.Tend(t.Context()), "an empty vault")
		require.NoError(t, b.Unlock(t.Context()))
		for range 3 {
			seal(t, a, "x", "message", "1")
			seal(t, b, "x", "message", "1")
		}
		for _, v := range []*vault.Vault{a, b, a, b} {
			require.NoError(t, v.Tend(t.Context()))
		}
		require.EqualValues(t, 6, dataKeys(t, d)[0].Seals)

		setSeals(t, d, 1<<31)
		sealed := seal(t, a, "x", "message", "1")
		require.NoError(t, a.Tend(t.Context()))
		require.NoError(t, b.Tend(t.Context()))
		rows := dataKeys(t, d)
		require.Len(t, rows, 2)
		require.Equal(t, rows[0].Keeper, rows[1].Keeper, "a replica that knows the old outer key alone goes on")
		require.NotEqual(t, sealed[:17], seal(t, a, "x", "message", "1")[:17])
		requireOpens(t, b, "x", sealed, "message", "1")
	})
}

func TestAKeyThatHasSealedTooOftenIsRefused(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	require.NoError(t, open(d, local(t, "a")).Unlock(t.Context()))
	setSeals(t, d, 1<<32-1<<20-1)
	v := open(d, local(t, "a"))
	sealed := seal(t, v, "x", "message", "1")
	_, err := v.Seal(t.Context(), nil, "message", "1")
	require.ErrorIs(t, err, vault.ErrWornOut)
	requireOpens(t, v, "x", sealed, "message", "1")
	_, err = v.Rotate(t.Context())
	require.NoError(t, err)
	seal(t, v, "x", "message", "1")
}

func setSeals(t *testing.T, d *db.DB, n int64) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return tx.DataKey.Update().SetSeals(n).Exec(ctx) })
}

func TestARunningVaultTellsItsSealsAtItsEnd(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.Run(ctx) }()
		seal(t, v, "x", "message", "1")
		end()
		require.NoError(t, <-done)
		require.EqualValues(t, 1, dataKeys(t, d)[0].Seals)
	})
}

func TestTextsAreSealedAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		rows := map[string][]byte{}
		for i := range 10 {
			id := strconv.Itoa(i)
			rows[id] = seal(t, v, "text "+id, "message", id)
		}
		v.Register("messages", func(ctx context.Context, again vault.Again) error {
			for id, sealed := range rows {
				fresh, changed, err := again(ctx, sealed, "message", id)
				if err != nil {
					return fmt.Errorf("row %s: %w", id, err)
				}
				if changed {
					rows[id] = fresh
				}
			}
			return nil
		})
		old := dataKeys(t, d)[0]
		_, err := v.Rotate(t.Context())
		require.NoError(t, err)
		for _, want := range []int{10, 0} {
			report, err := v.Reseal(t.Context())
			require.NoError(t, err)
			require.Equal(t, []vault.Resealed{{Name: "messages", Changed: want}}, report)
		}
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return tx.DataKey.DeleteOne(old).Exec(ctx) })
		reader := open(d, local(t, "a"))
		for id, sealed := range rows {
			requireOpens(t, reader, "text "+id, sealed, "message", id)
		}

		_, err = v.Rotate(t.Context())
		require.NoError(t, err)
		rows["3"][40] ^= 1
		_, err = v.Reseal(t.Context())
		require.ErrorIs(t, err, vault.ErrForged)
		require.ErrorContains(t, err, "messages again: row 3")
	})
}
