// Package idempotency makes a retry of a change safe: the same key with the same input returns the
// first outcome instead of a second change.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// maxKey is the longest key, in characters.
const maxKey = 255

// Retention is how long a key is remembered.
const Retention = 7 * 24 * time.Hour

// Faults of keyed changes.
var (
	ErrKeyInvalid = fault.Business("IDEMPOTENCY_KEY_INVALID")
	ErrKeyReused  = fault.Business("IDEMPOTENCY_KEY_REUSED")
)

// Check returns [ErrKeyInvalid] for a key that is empty, too long or no text that every database can
// keep; a nil key is fine.
func Check(key *string) error {
	if key == nil {
		return nil
	}
	if *key == "" || utf8.RuneCountInString(*key) > maxKey || !utf8.ValidString(*key) || strings.ContainsRune(*key, 0) {
		return ErrKeyInvalid.At("idempotencyKey")
	}
	return nil
}

// Request is a change that carries a key.
type Request struct {
	// UserID is who asks: keys of different users never meet.
	UserID string
	// Operation names the mutation.
	Operation string
	// Key is the client's key; nil runs the change unkeyed.
	Key *string
	// Input is what must be equal for the key to match; it must marshal to JSON.
	Input any
}

// Once runs change in the transaction and returns the id of what it made, or, when the key was used
// with an equal input before, the id that was made then. A key used with another input is
// [ErrKeyReused]. Two requests with one key at once: the database lets one of them in, and the
// other one finds its outcome.
func Once(ctx context.Context, d *db.DB, r Request, change func(ctx context.Context, tx *db.Tx) (id string, err error)) (string, error) {
	if err := Check(r.Key); err != nil {
		return "", err
	}
	outcome, err := once(ctx, d, r, change)
	if r.Key != nil && db.IsDuplicate(err) {
		// Lost the race for the key itself, or for something unique that its winner made: look again.
		if first, found := replay(ctx, d.Read(), r); found != nil || first != "" {
			return first, found
		}
	}
	return outcome, err
}

func once(ctx context.Context, d *db.DB, r Request, change func(ctx context.Context, tx *db.Tx) (string, error)) (string, error) {
	var outcome string
	err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		book, err := Open(ctx, tx.Client, r)
		if err != nil {
			return err
		}
		if outcome, err = book.Earlier(r); err != nil || outcome != "" {
			return err
		}
		if outcome, err = change(ctx, tx); err != nil {
			return err
		}
		book.Note(r, outcome)
		return book.Keep(ctx, tx)
	})
	return outcome, err
}

// replay returns the outcome of an earlier request with the key; empty when there was none.
func replay(ctx context.Context, client *ent.Client, r Request) (string, error) {
	book, err := Open(ctx, client, r)
	if err != nil {
		return "", err
	}
	return book.Earlier(r)
}

func hash(input any) string {
	text, err := json.Marshal(input)
	if err != nil {
		text = fmt.Append(nil, input)
	}
	return digest(text)
}

// digest returns the SHA-256 of text in hexadecimal: what is kept of a key, whose letters may take
// four bytes each, has one length.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
