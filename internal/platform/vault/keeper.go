package vault

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Keeper wraps data keys with a key of its own, which never touches the database.
type Keeper interface {
	// Name tells keepers apart, and stays the same for as long as the key does. It is kept beside what was
	// wrapped and is no secret.
	Name() string
	// Wrap encrypts and authenticates some bytes.
	Wrap(ctx context.Context, plain []byte) ([]byte, error)
	// Unwrap decrypts what Wrap has returned. Where it cannot tell whether the key is the right one, because
	// who knows is away, it returns a [fault.Unavailable].
	Unwrap(ctx context.Context, wrapped []byte) ([]byte, error)
}

// LocalKeeper is a [Keeper] whose key comes from the configuration: AES-256-GCM.
type LocalKeeper struct {
	name string
	aead cipher.AEAD
}

// NewLocalKeeper returns the keeper with a key of 32 random bytes.
func NewLocalKeeper(key []byte) (*LocalKeeper, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	// Half a hash says nothing of a random key, and tells keys apart.
	sum := sha256.Sum256(slices.Concat([]byte("the name of a key of the vault\n"), key))
	return &LocalKeeper{name: "local:" + hex.EncodeToString(sum[:4]), aead: aead}, nil
}

// Name implements [Keeper]: "local:" and eight digits.
func (k *LocalKeeper) Name() string { return k.name }

// Wrap implements [Keeper].
func (k *LocalKeeper) Wrap(_ context.Context, plain []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, plain, nil), nil
}

// Unwrap implements [Keeper].
func (k *LocalKeeper) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	return k.aead.Open(nil, nil, wrapped, nil)
}

// wrap has a keeper wrap a data key together with its id, so that the wrapped key of one row does not pass
// for another's; not every keeper can authenticate what it does not encrypt.
func wrap(ctx context.Context, keeper Keeper, id keyID, secret []byte) ([]byte, error) {
	wrapped, err := keeper.Wrap(ctx, slices.Concat(id[:], secret))
	if err != nil {
		return nil, fmt.Errorf("wrap data key %s by %s: %w", id.row(), keeper.Name(), err)
	}
	return wrapped, nil
}

// unwrap returns the data key of a row by whichever keeper can: first the one that the row names, then the
// others, because one key may be reached by several names.
func (v *Vault) unwrap(ctx context.Context, row *ent.DataKey) ([]byte, error) {
	id, err := idOf(row)
	if err != nil {
		return nil, err
	}
	errs := []error{ErrWrongKey}
	for _, keeper := range v.keepersFor(row) {
		plain, err := keeper.Unwrap(ctx, row.Wrapped)
		if err == nil {
			secret, ours := bytes.CutPrefix(plain, id[:])
			if !ours {
				return nil, fmt.Errorf("data key %s: %w: another row's key was put into this one", row.ID, ErrForged)
			}
			return secret, nil
		}
		if errors.Is(err, fault.Unavailable) {
			return nil, fmt.Errorf("unwrap data key %s by %s: %w", row.ID, keeper.Name(), err)
		}
		errs = append(errs, fmt.Errorf("%s: %w", keeper.Name(), err))
	}
	return nil, fmt.Errorf("data key %s, wrapped by %s: %w", row.ID, row.Keeper, errors.Join(errs...))
}

// keepersFor returns the keepers in the order in which they are asked for a row's key.
func (v *Vault) keepersFor(row *ent.DataKey) []Keeper {
	rank := func(k Keeper) int {
		if k.Name() == row.Keeper {
			return 0
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(v.keepers), func(a, b Keeper) int { return rank(a) - rank(b) })
}
