// Package event is the event log: every change that anyone may be told about writes a row in its own
// transaction, and a relay hands the rows to the bus after the commit, at least once, also after a
// crash. The id of the event makes it once for whoever reads the bus.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
)

// New is an event to be recorded.
type New struct {
	// Topic is the kind of event, such as coupon.claimed, and the log of the bus that carries it.
	Topic string
	// Key lets followers of the log ask for their own events only.
	Key string
	// Subject is the id of what it happened to.
	Subject string
	// Payload are the facts; it must marshal to JSON.
	Payload any
}

// columns are what is written of a new event.
var columns = []db.Column[*ent.Event]{
	db.Col(event.FieldID, func(e *ent.Event) string { return e.ID }),
	db.Col(event.FieldCreatedAt, func(e *ent.Event) time.Time { return e.CreatedAt }),
	db.Col(event.FieldTopic, func(e *ent.Event) string { return e.Topic }),
	db.Col(event.FieldKey, func(e *ent.Event) string { return e.Key }),
	db.Col(event.FieldSubject, func(e *ent.Event) string { return e.Subject }),
	db.Col(event.FieldPayload, func(e *ent.Event) json.RawMessage { return e.Payload }),
}

// Record writes events into the transaction and hands them to the relay once it is committed.
func (l *Log) Record(ctx context.Context, tx *db.Tx, events ...New) error {
	if len(events) == 0 {
		return nil
	}
	now := db.Instant(time.Now())
	rows := make([]*ent.Event, len(events))
	for i, e := range events {
		payload, err := json.Marshal(e.Payload)
		if err != nil {
			return fmt.Errorf("marshal the payload of %s: %w", e.Topic, err)
		}
		rows[i] = &ent.Event{
			ID: event.DefaultID(), CreatedAt: now,
			Topic: e.Topic, Key: e.Key, Subject: e.Subject, Payload: payload,
		}
	}
	if err := db.Insert(ctx, tx, event.Table, columns, rows); err != nil {
		return fmt.Errorf("record %d events: %w", len(events), err)
	}
	tx.AfterCommit(func() { l.hand(rows) })
	return nil
}

// Filter says which events to list.
type Filter struct {
	Topic   *string
	Subject *string
}

// Connection is a page of events.
type Connection = page.Connection[*ent.Event]

// Edge is an event in a list.
type Edge = page.Edge[*ent.Event]

// List returns a page of events, newest first. Bad page arguments are [fault.InvalidArgument].
func (l *Log) List(ctx context.Context, args page.Args, filter *Filter) (*Connection, error) {
	window, err := page.NewWindow(args, page.ByID(true, func(e *ent.Event) string { return e.ID }))
	if err != nil {
		return nil, err
	}
	query := l.db.Read().Event.Query()
	if filter != nil && filter.Topic != nil {
		query.Where(event.Topic(*filter.Topic))
	}
	if filter != nil && filter.Subject != nil {
		query.Where(event.Subject(*filter.Subject))
	}
	query.Modify(window.Select)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return window.Build(rows), nil
}

// Get returns an event, or nil when there is none of this id.
func (l *Log) Get(ctx context.Context, id string) (*ent.Event, error) {
	row, err := l.db.Read().Event.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get event %s: %w", id, err)
	}
	return row, nil
}

// graceful is how long an event may wait for the process that recorded it before any other
// replica takes it over.
const graceful = 3 * time.Second
