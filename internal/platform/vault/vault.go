// Package vault keeps secret, in rows, what nobody but Moa may read: what people confide in counsel, and the
// credentials of outside platforms.
//
// It is envelope encryption (NIST SP 800-57 Part 1, §5.3.5 and §6.2.1: data keys and the keys that wrap them).
// A data key, AES-256, lives in a row of the table data_keys, wrapped by a [Keeper] whose own key lives outside
// the database: in the configuration, or in a key management service that is asked once for each data key and
// process. So one key costs, and any number of secrets is free.
package vault

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
)

// What can be wrong with what is kept. None of these is a fault of whoever asks: clients see INTERNAL. A
// database or a key management service that is away is a [fault.Unavailable] instead, and passes.
var (
	// ErrWrongKey says that a data key was wrapped by a key that is not configured.
	ErrWrongKey = errors.New("a data key cannot be unwrapped with the configured keys: " +
		"put the key that has wrapped it back into MOA_VAULT_KEY (or vault.key in the data directory) or MOA_VAULT_URL")
	// ErrForged says that a sealed text was changed, cut, or belongs to something else than it was opened for.
	ErrForged = errors.New("the sealed text was changed or belongs to something else")
	// ErrNoDataKey says that a sealed text names a data key that has no row: it comes from another database,
	// or its row was removed.
	ErrNoDataKey = errors.New("the data key of the sealed text is not in the database")
	// ErrUnbound says that nothing, or something empty, was named as what a text belongs to.
	ErrUnbound = errors.New("a sealed text must belong to something")
	// ErrWornOut says that a data key has encrypted as often as is safe and could not be replaced.
	ErrWornOut = errors.New("the data key has encrypted as often as it may: run `moa keys rotate`")
)

const (
	// fresh is how long the current data key is used without a look whether another one is.
	fresh = 30 * time.Second
	// patience bounds one look at the rows and at the keeper: a text that is sealed inside a transaction, though
	// it should not, must fail instead of waiting for the turn that its own caller holds.
	patience = 5 * time.Second
)

// Options are what a vault needs.
type Options struct {
	// DB holds the data keys.
	DB *db.DB
	// Keepers wrap the data keys: the first wraps, all unwrap. One at least.
	Keepers []Keeper
	// Logger hears of data keys that come and go. Defaults to no log.
	Logger *slog.Logger
	// Now defaults to [time.Now].
	Now func() time.Time
}

// Vault seals and opens. It may be used by many goroutines at once.
type Vault struct {
	db      *db.DB
	keepers []Keeper
	logger  *slog.Logger
	now     func() time.Time

	// turn is taken by whoever reads, makes or replaces data keys.
	turn chan struct{}
	// known are the unwrapped data keys; the map is replaced, never changed.
	known atomic.Pointer[map[keyID]*dataKey]
	// held is the data key for new texts.
	held atomic.Pointer[tenure]
	// resealers are told by [Vault.Register].
	resealers []resealer
}

// tenure is the time for which a data key is the current one without another look.
type tenure struct {
	key   *dataKey
	until time.Time
}

// New returns a vault. It starts nothing: data keys are read when they are needed first, or by [Vault.Unlock],
// and are kept unwrapped in memory from then on.
func New(opts Options) *Vault {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	v := &Vault{db: opts.DB, keepers: opts.Keepers, logger: opts.Logger, now: opts.Now, turn: make(chan struct{}, 1)}
	v.known.Store(&map[keyID]*dataKey{})
	return v
}

// enter waits for the turn and returns how to end it.
func (v *Vault) enter(ctx context.Context) (leave func(), err error) {
	select {
	case v.turn <- struct{}{}:
		return func() { <-v.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
