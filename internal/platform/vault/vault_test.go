package vault_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/datakey"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

// local returns the keeper whose key is one letter.
func local(t testing.TB, letter string) vault.Keeper {
	t.Helper()
	keeper, err := vault.NewLocalKeeper(bytes.Repeat([]byte(letter), 32))
	require.NoError(t, err)
	return keeper
}

// open returns a vault as another process has it.
func open(d *db.DB, keepers ...vault.Keeper) *vault.Vault {
	return vault.New(vault.Options{DB: d, Keepers: keepers})
}

func seal(t testing.TB, v *vault.Vault, text string, bound ...string) []byte {
	t.Helper()
	sealed, err := v.SealText(t.Context(), text, bound...)
	require.NoError(t, err)
	return sealed
}

// requireOpens demands that a vault opens what was sealed.
func requireOpens(t testing.TB, v *vault.Vault, text string, sealed []byte, bound ...string) {
	t.Helper()
	opened, err := v.OpenText(t.Context(), sealed, bound...)
	require.NoError(t, err)
	require.Equal(t, text, opened)
}

// dataKeys returns the rows, the oldest first.
func dataKeys(t testing.TB, d *db.DB) []*ent.DataKey {
	t.Helper()
	rows, err := d.Read().DataKey.Query().Order(ent.Asc(datakey.FieldID)).All(t.Context())
	require.NoError(t, err)
	return rows
}

func TestWhatIsSealedOpensAndCannotBeRead(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		for _, text := range []string{"", "x", "요즘 잠이 오지 않아요.", strings.Repeat("long ", 100_000)} {
			sealed := seal(t, v, text, "counsel_message", "msg_1")
			require.Len(t, sealed, len(text)+vault.Overhead)
			if len(text) > 1 {
				require.NotContains(t, string(sealed), text[:5])
			}
			require.NotEqual(t, sealed, seal(t, v, text, "counsel_message", "msg_1"), "equal texts look different")
			requireOpens(t, v, text, sealed, "counsel_message", "msg_1")
			requireOpens(t, open(d, local(t, "a")), text, sealed, "counsel_message", "msg_1")
		}
		require.Len(t, dataKeys(t, d), 1, "one key is enough for all")
	})
}

func TestASealedTextBelongsToOneThing(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	v := open(d, local(t, "a"))
	sealed := seal(t, v, "secret", "message", "1")
	for _, other := range [][]string{{"message", "2"}, {"message"}, {"message", "1", "1"}, {"1", "message"}, {"messag", "e1"}, {"message1"}, {"message\x011"}} {
		_, err := v.Open(t.Context(), sealed, other...)
		require.ErrorIs(t, err, vault.ErrForged, "%q", other)
	}
	for _, nothing := range [][]string{nil, {""}, {"message", ""}} {
		_, err := v.Seal(t.Context(), []byte("secret"), nothing...)
		require.ErrorIs(t, err, vault.ErrUnbound)
		_, err = v.Open(t.Context(), sealed, nothing...)
		require.ErrorIs(t, err, vault.ErrUnbound)
	}
}

func TestAChangedTextDoesNotOpen(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		sealed := seal(t, v, "secret", "message", "1")
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			_, err := v.Open(t.Context(), changed, "message", "1")
			if i >= 1 && i < 17 { // which data key it is
				require.ErrorIs(t, err, vault.ErrNoDataKey, "byte %d", i)
				continue
			}
			require.ErrorIs(t, err, vault.ErrForged, "byte %d", i)
		}
		for n := range len(sealed) {
			_, err := v.Open(t.Context(), sealed[:n], "message", "1")
			require.ErrorIs(t, err, vault.ErrForged, "%d bytes", n)
		}
		_, err := v.Open(t.Context(), append(bytes.Clone(sealed), 0), "message", "1")
		require.ErrorIs(t, err, vault.ErrForged)
	})
}

func TestAWrappedKeyDoesNotPassForAnothers(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	v := open(d, local(t, "a"))
	sealed := seal(t, v, "secret", "message", "1")
	_, err := v.Rotate(t.Context())
	require.NoError(t, err)
	rows := dataKeys(t, d)
	require.Len(t, rows, 2)
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return tx.DataKey.UpdateOne(rows[0]).SetWrapped(rows[1].Wrapped).Exec(ctx)
	})
	_, err = open(d, local(t, "a")).Open(t.Context(), sealed, "message", "1")
	require.ErrorIs(t, err, vault.ErrForged)
}

func TestProcessesThatStartAtOnceOpenEachOthersTexts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const processes = 8
		sealed := make([][]byte, processes)
		vaults := make([]*vault.Vault, processes)
		var group sync.WaitGroup
		for i := range processes {
			group.Go(func() {
				vaults[i] = open(d, local(t, "a"))
				sealed[i] = seal(t, vaults[i], "secret", "message", "1")
			})
		}
		group.Wait()
		for _, v := range vaults {
			for i := range sealed {
				requireOpens(t, v, "secret", sealed[i], "message", "1")
			}
		}
	})
}

func TestAWrongKeyIsToldAndMakesNoNewOne(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		right := open(d, local(t, "a"))
		sealed := seal(t, right, "a secret", "message", "1")
		wrong := open(d, local(t, "b"), local(t, "c"))
		check := func(err error) {
			t.Helper()
			require.ErrorIs(t, err, vault.ErrWrongKey)
			require.ErrorContains(t, err, "MOA_VAULT_KEY")
			require.ErrorContains(t, err, "wrapped by "+local(t, "a").Name())
			require.NotContains(t, err.Error(), "bbbb")
		}
		check(wrong.Unlock(ctx))
		_, err := wrong.Open(ctx, sealed, "message", "1")
		check(err)
		_, err = wrong.Seal(ctx, []byte("x"), "message", "1")
		check(err)
		_, err = wrong.Rotate(ctx)
		check(err)
		_, err = wrong.Check(ctx)
		check(err)
		require.Len(t, dataKeys(t, d), 1)
		requireOpens(t, right, "a secret", sealed, "message", "1")
		require.NoError(t, open(d, local(t, "b"), local(t, "a")).Unlock(ctx))
	})
}

func TestTheVaultSaysHowItIs(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := open(d, local(t, "a"))
		word, err := v.Check(t.Context())
		require.NoError(t, err)
		require.Equal(t, "data keys: 0", word)
		require.NoError(t, v.Unlock(t.Context()))
		word, err = v.Check(t.Context())
		require.NoError(t, err)
		require.Equal(t, "data keys: 1", word)
	})
}

func TestADataKeyThatIsGoneIsNotUsed(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	now := time.Now()
	v := vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{local(t, "a")}, Now: func() time.Time { return now }})
	sealed := seal(t, v, "secret", "message", "1")
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.DataKey.Delete().Exec(ctx)
		return err
	})
	_, err := open(d, local(t, "a")).Open(t.Context(), sealed, "message", "1")
	require.ErrorIs(t, err, vault.ErrNoDataKey)
	now = now.Add(time.Minute)
	_, err = v.Seal(t.Context(), nil, "message", "1")
	require.ErrorIs(t, err, vault.ErrNoDataKey, "nobody could open it later")
}

func TestAFirstSealInsideATransactionFailsInsteadOfWaitingForEver(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	v := open(d, local(t, "a"))
	testkit.Write(t, d, func(ctx context.Context, _ *db.Tx) error {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := v.Seal(ctx, nil, "message", "1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return nil
	})
	require.NoError(t, v.Unlock(t.Context()))
	testkit.Write(t, d, func(ctx context.Context, _ *db.Tx) error {
		_, err := v.Seal(ctx, nil, "message", "1")
		return err
	})
}

func TestNeitherTextsNorKeysAreLogged(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	var log bytes.Buffer
	v := vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{local(t, "a")}, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	seal(t, v, "confided", "message", "1")
	_, err := v.Rotate(t.Context())
	require.NoError(t, err)
	require.Contains(t, log.String(), "a new data key")
	require.NotContains(t, log.String(), "confided")
	require.NotContains(t, log.String(), "aaaa")
	require.NotContains(t, dataKeys(t, d)[0].String(), string(dataKeys(t, d)[0].Wrapped))
}
