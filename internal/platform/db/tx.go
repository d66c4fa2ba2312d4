package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/moa-bff/moa/ent"
)

// attempts is how often a transaction is tried when PostgreSQL resolves a conflict against it.
const attempts = 3

// Tx is a running transaction: an ent client whose statements belong to it. Jobs and events join
// it through packages queue and event.
type Tx struct {
	*ent.Client

	sql         *sql.Tx
	pgx         pgx.Tx
	dialect     string
	afterCommit []func()
	touched     []string
	tell        func(tags ...string)
}

// SQL returns the SQLite transaction, for the job queue; nil on PostgreSQL.
func (tx *Tx) SQL() *sql.Tx { return tx.sql }

// PGX returns the PostgreSQL transaction, for the job queue; nil on SQLite.
func (tx *Tx) PGX() pgx.Tx { return tx.pgx }

// Dialect returns [dialect.SQLite] or [dialect.Postgres].
func (tx *Tx) Dialect() string { return tx.dialect }

// AfterCommit registers fn to be called once the transaction is durable, and never otherwise.
func (tx *Tx) AfterCommit(fn func()) { tx.afterCommit = append(tx.afterCommit, fn) }

// Touch names what readers may see otherwise once the transaction is committed: see package reads. It is
// told before anything that is registered with [Tx.AfterCommit] and before [DB.InTx] returns; also when
// the commit got no answer, because it may have happened.
func (tx *Tx) Touch(tags ...string) { tx.touched = append(tx.touched, tags...) }

// InTx runs fn in a transaction and commits it when fn returns nil. fn must use only the client it
// is handed, must not call the network, and may be run again when the database resolved a conflict
// with another transaction against it.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	run := d.inSQLite
	if d.IsPostgres() {
		run = d.inPostgres
	}
	for attempt := 1; ; attempt++ {
		err := run(ctx, fn)
		if err == nil || attempt == attempts || !isConflict(err) {
			d.noteWrite(err)
			return err
		}
		d.logger.DebugContext(ctx, "transaction is tried again", "attempt", attempt, "error", err)
	}
}

// ender is what both kinds of transactions end with.
type ender struct {
	commit   func() error
	rollback func() error
}

func (d *DB) inSQLite(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	leave, err := d.enter(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer leave()
	inner, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{sql: inner, dialect: dialect.SQLite, tell: d.touched, Client: d.clientOver(entsql.Conn{ExecQuerier: inner})}
	return finish(ctx, tx, fn, ender{
		commit: func() error {
			defer leave() // what comes after the commit may write again
			return inner.Commit()
		},
		rollback: inner.Rollback,
	})
}

// enter waits for the turn to write and returns how to end it. Turns come in the order of their asking, and
// only one transaction at a time waits for the connection that writes: database/sql hands that to anybody of
// those who wait, and the job queue, whose statements do not come by here, could wait longer in a crowd than
// it gives itself to stay leader.
func (d *DB) enter(ctx context.Context) (leave func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return sync.OnceFunc(func() { <-d.turn }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *DB) inPostgres(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("take a connection: %w", err)
	}
	defer conn.Close() //nolint:errcheck // gives the connection back to the pool
	var native *pgx.Conn
	if err := conn.Raw(func(c any) error {
		native = c.(*stdlib.Conn).Conn() //nolint:forcetypeassert // the pool was opened with this driver
		return nil
	}); err != nil {
		return fmt.Errorf("reach the native connection: %w", err)
	}
	inner, err := native.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{pgx: inner, dialect: dialect.Postgres, tell: d.touched, Client: d.clientOver(entsql.Conn{ExecQuerier: conn})}
	return finish(ctx, tx, fn, ender{
		// Inside Raw, because database/sql closes the connection by itself when ctx ends.
		commit: func() error { return conn.Raw(func(any) error { return inner.Commit(ctx) }) },
		// A cancelled request must not keep its locks.
		rollback: func() error {
			return conn.Raw(func(any) error { return inner.Rollback(context.WithoutCancel(ctx)) })
		},
	})
}

// clientOver returns an ent client whose statements run on the session of a transaction.
func (d *DB) clientOver(conn entsql.Conn) *ent.Client {
	drv := d.wrap(entsql.NewDriver(d.dialect, conn))
	drv.nested = true
	return ent.NewClient(ent.Driver(drv))
}

func finish(ctx context.Context, tx *Tx, fn func(ctx context.Context, tx *Tx) error, end ender) error {
	committed := false
	defer func() {
		if !committed { // also when fn panics
			_ = end.rollback()
		}
	}()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	committed = true
	err := end.commit()
	tx.tell(tx.touched...)
	if ended := ctx.Err(); ended != nil && errors.Is(err, sql.ErrTxDone) {
		// database/sql has rolled back by itself when ctx ended: that is why, and nobody's mistake.
		return fmt.Errorf("commit: %w", ended)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), ignoreDone(end.rollback()))
	}
	for _, after := range tx.afterCommit {
		after()
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxClosed) {
		return nil
	}
	return err
}

// Assign sets an optional field to value, or clears it when value is nil. On PostgreSQL a builder must not
// do both.
func Assign[T, C any](value *T, set func(T) C, unset func() C) {
	if value == nil {
		unset()
		return
	}
	set(*value)
}
