package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// refusalAge is how long a refused write is told of. Success tells nothing: a transaction that changes
// nothing succeeds on a full disk as well.
const refusalAge = 3 * time.Second

// pgCannotKeep are the classes and codes that say that PostgreSQL answers but keeps nothing: out of disk
// or memory (53), trouble with its own files (58), a standby that only reads.
var pgCannotKeep = []string{"53", "58", "25006"}

// refusal is a write that the database could not keep.
type refusal struct {
	err error
	at  time.Time
}

// noteWrite remembers a write that the database could not keep.
func (d *DB) noteWrite(err error) {
	if cannotKeep(err) {
		d.refused.Store(&refusal{err, time.Now()})
	}
}

// CheckWrites reports whether the database keeps what is written, with a word about it: it fails for some
// seconds after a write that was refused for lack of room. Reads may go on meanwhile.
func (d *DB) CheckWrites(context.Context) (string, error) {
	last := d.refused.Load()
	if last == nil || time.Since(last.at) > refusalAge {
		return "kept", nil
	}
	return "refused", fmt.Errorf("a write was refused: %w", last.err)
}

// cannotKeep reports whether err says that the database answers, and has no room to write.
func cannotKeep(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pgIs(pg, pgCannotKeep)
	}
	var lite sqlite3.Error
	return errors.As(err, &lite) && slices.Contains([]sqlite3.ErrNo{sqlite3.ErrFull, sqlite3.ErrIoErr}, lite.Code)
}

// pgIs reports whether an error has one of the codes, or is of one of the classes.
func pgIs(err *pgconn.PgError, classes []string) bool {
	return slices.ContainsFunc(classes, func(class string) bool { return strings.HasPrefix(err.Code, class) })
}
