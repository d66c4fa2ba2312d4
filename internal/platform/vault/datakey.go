package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/datakey"
	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	keySize = 32
	// idPrefix makes the id of a data key the id of its row.
	idPrefix = "dky_"

	// maxSeals is how many texts one key may encrypt, see the format of sealed texts. The last million is left
	// for what other processes have not told yet.
	maxSeals = 1<<32 - 1<<20
	// renewSeals is after how many a key is replaced without being asked: half, weeks before the end even at a
	// thousand a second.
	renewSeals = 1 << 31
)

// keyID names a data key: a ULID (github.com/ulid/spec), as its row does in text.
type keyID [16]byte

// row returns the id of the data key's row.
func (id keyID) row() string { return idPrefix + ulid.ULID(id).String() }

// dataKey is a data key, unwrapped.
type dataKey struct {
	id   keyID
	aead cipher.AEAD
	// told is the count of seals in the row, as last seen; own is what this process has to add.
	told, own atomic.Int64
}

// count notes a seal and reports whether there may be one more.
func (k *dataKey) count() bool { return k.told.Load()+k.own.Add(1) <= maxSeals }

// seals returns how often the key has encrypted, as far as this process knows.
func (k *dataKey) seals() int64 { return k.told.Load() + k.own.Load() }

// key returns a data key by its id. One that is not known here, because another process has just made it, is
// read from its row.
func (v *Vault) key(ctx context.Context, id keyID) (*dataKey, error) {
	if key := (*v.known.Load())[id]; key != nil {
		return key, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave, err := v.enter(ctx)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer leave()
	if key := (*v.known.Load())[id]; key != nil {
		return key, nil
	}
	row, err := v.db.Read().DataKey.Query().Where(datakey.ID(id.row())).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, fmt.Errorf("%w: %s", ErrNoDataKey, id.row())
	case err != nil:
		return nil, db.Fault(fmt.Errorf("read data key %s: %w", id.row(), err))
	}
	return v.learn(ctx, row)
}

// learn returns the data key of a row, unwrapped, and remembers it. The caller has the turn.
func (v *Vault) learn(ctx context.Context, row *ent.DataKey) (*dataKey, error) {
	id, err := idOf(row)
	if err != nil {
		return nil, err
	}
	if key := (*v.known.Load())[id]; key != nil {
		key.told.Store(row.Seals)
		return key, nil
	}
	secret, err := v.unwrap(ctx, row)
	if err != nil {
		return nil, err
	}
	key, err := newDataKey(id, secret)
	if err != nil {
		return nil, err
	}
	key.told.Store(row.Seals)
	v.remember(key)
	return key, nil
}

func (v *Vault) remember(key *dataKey) {
	known := maps.Clone(*v.known.Load())
	known[key.id] = key
	v.known.Store(&known)
}

// newDataKey makes the cipher of a data key once, for all its texts.
func newDataKey(id keyID, secret []byte) (*dataKey, error) {
	aead, err := newAEAD(secret)
	if err != nil {
		return nil, fmt.Errorf("data key %s: %w", id.row(), err)
	}
	return &dataKey{id: id, aead: aead}, nil
}

// newAEAD returns AES-256-GCM that makes a random nonce for each text and puts it before the ciphertext.
func newAEAD(secret []byte) (cipher.AEAD, error) {
	if len(secret) != keySize {
		return nil, fmt.Errorf("a key has %d bytes, not %d", len(secret), keySize)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// newSecret returns the id and the random bytes of a new data key.
func newSecret() (id keyID, secret []byte) {
	secret = make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	return keyID(ulid.Make()), secret
}

func idOf(row *ent.DataKey) (keyID, error) {
	id, err := ulid.ParseStrict(strings.TrimPrefix(row.ID, idPrefix))
	if err != nil {
		return keyID{}, fmt.Errorf("the data key %q has no id of ours: %w", row.ID, err)
	}
	return keyID(id), nil
}
