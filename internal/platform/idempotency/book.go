package idempotency

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/idempotency"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Book is what is remembered of the keys of some requests, for a transaction that makes many keyed changes.
// [Once] is for one. Where another transaction is faster with a key, [Book.Keep] fails with a duplicate: see
// [db.IsDuplicate].
type Book struct {
	known map[place]entry
	fresh []place
}

// place is where a key stands: those of different users and operations never meet.
type place struct{ user, operation, key string }

// entry is what is written there.
type entry struct{ inputHash, outcome string }

func (r Request) place() place { return place{r.UserID, r.Operation, digest([]byte(*r.Key))} }

// Open reads what is remembered of the keys of requests. Check the keys before, see [Check].
func Open(ctx context.Context, client *ent.Client, requests ...Request) (*Book, error) {
	b := &Book{known: map[place]entry{}}
	var users, operations, keys []string
	for _, r := range requests {
		if r.Key != nil {
			at := r.place()
			users, operations, keys = append(users, at.user), append(operations, at.operation), append(keys, at.key)
		}
	}
	if len(keys) == 0 {
		return b, nil
	}
	rows, err := client.Idempotency.Query().
		Where(idempotency.UserIDIn(users...), idempotency.OperationIn(operations...), idempotency.KeyIn(keys...)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d idempotency keys: %w", len(keys), err)
	}
	for _, row := range rows {
		b.known[place{row.UserID, row.Operation, row.Key}] = entry{row.InputHash, row.Outcome}
	}
	return b, nil
}

// Earlier returns the outcome of an earlier request with the same key; empty when there was none. With another
// input that is [ErrKeyReused].
func (b *Book) Earlier(r Request) (outcome string, err error) {
	if r.Key == nil {
		return "", nil
	}
	first, found := b.known[r.place()]
	if found && first.inputHash != hash(r.Input) {
		return "", ErrKeyReused.At("idempotencyKey")
	}
	return first.outcome, nil
}

// Note remembers the id of what a request has made.
func (b *Book) Note(r Request, outcome string) {
	if r.Key == nil {
		return
	}
	b.known[r.place()] = entry{hash(r.Input), outcome}
	b.fresh = append(b.fresh, r.place())
}

// Keep writes what was noted into the transaction.
func (b *Book) Keep(ctx context.Context, tx *db.Tx) error {
	if len(b.fresh) == 0 {
		return nil
	}
	rows := make([]*ent.IdempotencyCreate, len(b.fresh))
	for i, at := range b.fresh {
		rows[i] = tx.Idempotency.Create().
			SetUserID(at.user).SetOperation(at.operation).SetKey(at.key).
			SetInputHash(b.known[at].inputHash).SetOutcome(b.known[at].outcome)
	}
	if err := tx.Idempotency.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("keep %d idempotency keys: %w", len(rows), err)
	}
	return nil
}
