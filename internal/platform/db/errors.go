package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// PostgreSQL error codes (https://www.postgresql.org/docs/15/errcodes-appendix.html).
const (
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgUntranslatable       = "22021" // text with a NUL, which PostgreSQL does not store
)

// pgAway are the classes and codes that say that the server cannot serve now: connection
// exceptions (08) and operator intervention (57).
var pgAway = []string{"08", "57P"}

// IsDuplicate reports whether err says that a unique value exists already.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgUniqueViolation
	}
	var lite sqlite3.Error
	return errors.As(err, &lite) &&
		slices.Contains([]sqlite3.ErrNoExtended{sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey}, lite.ExtendedCode)
}

// IsAway reports whether err says that the database cannot serve now, though it may later: it cannot be
// reached, or has no room.
func IsAway(err error) bool {
	if cannotKeep(err) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pgIs(pg, pgAway)
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return slices.Contains([]sqlite3.ErrNo{sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrCantOpen}, lite.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.ErrUnexpectedEOF) || // the server died in the middle of its answer
		errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &connect) ||
		errors.As(err, &network) ||
		pgconn.SafeToRetry(err)
}

// Fault gives an error of the database the shape that clients may see: [fault.Unavailable] while the
// database is away, [fault.InvalidArgument] for text that it cannot hold; faults and other errors pass
// as they are.
func Fault(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	var pg *pgconn.PgError
	switch {
	case IsAway(err):
		return fault.Unavailable.Wrap(err)
	case errors.As(err, &pg) && pg.Code == pgUntranslatable:
		return fault.InvalidArgument.Wrap(err)
	}
	return err
}

func isConflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == pgSerializationFailure || pg.Code == pgDeadlockDetected)
}
