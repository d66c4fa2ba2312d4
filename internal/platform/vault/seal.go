package vault

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// A sealed text is
//
//	version (1 byte) ‖ id of the data key (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//
// encrypted with AES-256-GCM. The first two and what the text belongs to are the additional authenticated data.
//
// The nonces are random, 96 bits: with random nonces one key may encrypt at most 2^32 texts, so that two equal
// nonces stay less likely than 2^-32 (NIST SP 800-38D, §8.3). That is why seals are counted: see [maxSeals].
const (
	version1   = 1
	headerSize = 1 + len(keyID{})
	// Overhead is how many bytes a sealed text is longer than its plain text.
	Overhead = headerSize + 12 + 16
)

// Seal encrypts plain. bound says what the text belongs to, such as "counsel_message" and the row's id; only
// with the same words, in the same order, can it be opened, so that nobody who can write rows can show one
// row's text as another's. The length of plain can be seen from outside.
//
// Call it before [db.DB.InTx], not inside: the first seal of all writes a row itself.
func (v *Vault) Seal(ctx context.Context, plain []byte, bound ...string) ([]byte, error) {
	if !isBound(bound) {
		return nil, ErrUnbound
	}
	key, err := v.current(ctx)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if !key.count() {
		return nil, ErrWornOut
	}
	sealed := make([]byte, 0, len(plain)+Overhead)
	sealed = append(sealed, version1)
	sealed = append(sealed, key.id[:]...)
	return key.aead.Seal(sealed, nil, plain, associated(sealed, bound)), nil
}

// Open decrypts what [Vault.Seal] has returned for the same bound. It returns [ErrForged] when anything of it
// was changed.
func (v *Vault) Open(ctx context.Context, sealed []byte, bound ...string) ([]byte, error) {
	if !isBound(bound) {
		return nil, ErrUnbound
	}
	id, ok := keyOf(sealed)
	if !ok {
		return nil, ErrForged
	}
	key, err := v.key(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	header, text := sealed[:headerSize], sealed[headerSize:]
	plain, err := key.aead.Open(make([]byte, 0, len(sealed)-Overhead), nil, text, associated(header, bound))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}

// SealText is [Vault.Seal] for a string.
func (v *Vault) SealText(ctx context.Context, text string, bound ...string) ([]byte, error) {
	return v.Seal(ctx, []byte(text), bound...)
}

// OpenText is [Vault.Open] for a string.
func (v *Vault) OpenText(ctx context.Context, sealed []byte, bound ...string) (string, error) {
	plain, err := v.Open(ctx, sealed, bound...)
	return string(plain), err
}

// OpenSecret is [Vault.Open] for a credential.
func (v *Vault) OpenSecret(ctx context.Context, sealed []byte, bound ...string) (Secret, error) {
	plain, err := v.Open(ctx, sealed, bound...)
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(string(plain)), nil
}

// keyOf returns the id of the data key that a text was sealed with; false when it is no sealed text.
func keyOf(sealed []byte) (keyID, bool) {
	if len(sealed) < Overhead || sealed[0] != version1 {
		return keyID{}, false
	}
	return keyID(sealed[1:headerSize]), true
}

func isBound(bound []string) bool { return len(bound) > 0 && !slices.Contains(bound, "") }

// associated returns the additional authenticated data: the header, and each word after its length, so that
// "ab", "c" is not "a", "bc".
func associated(header []byte, bound []string) []byte {
	size := len(header)
	for _, word := range bound {
		size += binary.MaxVarintLen32 + len(word)
	}
	data := append(make([]byte, 0, size), header...)
	for _, word := range bound {
		data = binary.AppendUvarint(data, uint64(len(word)))
		data = append(data, word...)
	}
	return data
}
