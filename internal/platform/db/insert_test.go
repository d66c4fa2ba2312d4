package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// eventColumns are the columns of an event that must be given, and one that need not.
var eventColumns = []db.Column[*ent.Event]{
	db.Col(event.FieldID, func(e *ent.Event) string { return e.ID }),
	db.Col(event.FieldCreatedAt, func(e *ent.Event) time.Time { return e.CreatedAt }),
	db.Col(event.FieldTopic, func(e *ent.Event) string { return e.Topic }),
	db.Col(event.FieldKey, func(e *ent.Event) string { return e.Key }),
	db.Col(event.FieldSubject, func(e *ent.Event) string { return e.Subject }),
	db.Col(event.FieldPayload, func(e *ent.Event) json.RawMessage { return e.Payload }),
	db.Col(event.FieldPublishedAt, func(e *ent.Event) *time.Time { return e.PublishedAt }),
}

// happened is an instant that no database stores as it stands.
var happened = time.Date(2026, 1, 31, 23, 59, 59, 123_456_789, time.FixedZone("Seoul", 9*60*60))

func anEvent(id string) *ent.Event {
	return &ent.Event{ID: id, CreatedAt: happened, Topic: "t", Key: "k", Subject: "s", Payload: json.RawMessage(`{"n": 1}`)}
}

func insertEvents(t *testing.T, d *db.DB, rows ...*ent.Event) error {
	t.Helper()
	return d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return db.Insert(ctx, tx, event.Table, eventColumns, rows)
	})
}

func TestBatchesGoInAsEntWouldWriteThem(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		published := happened.Add(time.Hour)
		odd := anEvent("b")
		odd.Key, odd.Subject, odd.PublishedAt = `'빵'; -- "`, `{a,"b",NULL}\`, &published
		odd.Payload = json.RawMessage(`{"say": "it's {\"fine\"}, \\ too"}`)
		empty := anEvent("c")
		empty.Key = ""
		require.NoError(t, insertEvents(t, d, anEvent("a"), odd, empty))

		kept, err := d.Read().Event.Query().Order(event.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, 3)
		require.Equal(t, db.Instant(happened), kept[0].CreatedAt.UTC())
		require.Nil(t, kept[0].PublishedAt)
		require.Equal(t, odd.Key, kept[1].Key)
		require.Equal(t, odd.Subject, kept[1].Subject)
		require.JSONEq(t, string(odd.Payload), string(kept[1].Payload))
		require.Equal(t, db.Instant(published), kept[1].PublishedAt.UTC())
		require.Empty(t, kept[2].Key)

		compared, err := d.Read().Event.Query().Where(event.CreatedAtLTE(happened), event.PublishedAtIsNil()).Count(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, compared, "instants compare with those of everybody else")
		require.True(t, db.IsDuplicate(insertEvents(t, d, anEvent("d"), anEvent("a"))))
		require.Equal(t, 3, d.Read().Event.Query().CountX(t.Context()), "all or nothing")
	})
}

func TestNoRowsAreNoStatement(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			ctx, counter := db.WithCounter(ctx)
			require.NoError(t, db.Insert(ctx, tx, event.Table, eventColumns, nil))
			require.Zero(t, counter.Count())
			return nil
		})
	})
}

// TestMoreRowsGoInThanAStatementTakes inserts more values than SQLite takes in one statement (32,766), or PostgreSQL
// (65,535).
func TestMoreRowsGoInThanAStatementTakes(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		rows := make([]*ent.Event, 10_000)
		for i := range rows {
			rows[i] = anEvent(fmt.Sprintf("%05d", i))
			rows[i].Subject = "s" + rows[i].ID
		}
		require.NoError(t, insertEvents(t, d, rows...))
		kept, err := d.Read().Event.Query().Order(event.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, len(rows))
		for i, row := range kept {
			require.Equal(t, rows[i].ID, row.ID)
			require.Equal(t, rows[i].Subject, row.Subject)
		}
	})
}

// every is a row with a column of each type of values, all of which may be nil but what Go has no nil of.
type every struct {
	id     string
	text   *string
	number int
	count  *int
	yes    bool
	bytes  []byte
	json   json.RawMessage
	at     *time.Time
}

func TestEachTypeOfValueKeepsWhatItIs(t *testing.T) {
	t.Parallel()
	columns := []db.Column[every]{
		db.Col(counselmessage.FieldID, func(e every) string { return e.id }),
		db.Col(counselmessage.FieldSessionID, func(every) string { return "csn_1" }),
		db.Col(counselmessage.FieldCreatedAt, func(every) time.Time { return happened }),
		db.Col(counselmessage.FieldAuthor, func(every) string { return string(counselmessage.AuthorCLIENT) }),
		db.Col(counselmessage.FieldStatus, func(every) string { return string(counselmessage.StatusCOMPLETED) }),
		db.Col(counselmessage.FieldOverBudget, func(every) bool { return false }),
		db.Col(counselmessage.FieldReservedTokens, func(every) int { return 0 }),
		db.Col(counselmessage.FieldReservedDay, func(every) string { return "" }),
		db.Col(counselmessage.FieldReservedFor, func(every) string { return "" }),
		db.Col(counselmessage.FieldWriter, func(every) string { return "" }),
		db.Col(counselmessage.FieldNumber, func(e every) int { return e.number }),
		db.Col(counselmessage.FieldTurn, func(e every) int { return e.number }),
		db.Col(counselmessage.FieldPromptTokens, func(e every) *int { return e.count }),
		db.Col(counselmessage.FieldCrisis, func(e every) bool { return e.yes }),
		db.Col(counselmessage.FieldBody, func(e every) []byte { return e.bytes }),
		db.Col(counselmessage.FieldTopics, func(e every) json.RawMessage { return e.json }),
		db.Col(counselmessage.FieldProvider, func(e every) *string { return e.text }),
		db.Col(counselmessage.FieldFinishedAt, func(e every) *time.Time { return e.at }),
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		text, count := "OFFLINE", 7
		full := every{"b", &text, 2, &count, true, []byte{0, 0xff, '\''}, json.RawMessage(`["a", "b"]`), &happened}
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			err := tx.CounselSession.Create().SetID("csn_1").SetKind(counselsession.KindWORRY).SetLanguage("ko").
				SetStatus(counselsession.StatusCOMPLETED).SetTitle([]byte("a title")).SetUpdatedAt(happened).Exec(ctx)
			if err != nil {
				return err
			}
			return db.Insert(ctx, tx, counselmessage.Table, columns, []every{{id: "a", number: 1, bytes: []byte{}}, full})
		})
		kept, err := d.Read().CounselMessage.Query().Order(counselmessage.ByID()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, 2)
		bare, rest := kept[0], kept[1]
		require.Nil(t, bare.Provider)
		require.Nil(t, bare.PromptTokens)
		require.Nil(t, bare.FinishedAt)
		require.Nil(t, bare.Topics)
		require.False(t, bare.Crisis)
		require.Empty(t, bare.Body)

		require.Equal(t, 2, rest.Number)
		require.Equal(t, counselmessage.Provider(text), *rest.Provider)
		require.Equal(t, count, *rest.PromptTokens)
		require.True(t, rest.Crisis)
		require.Equal(t, full.bytes, rest.Body)
		require.Equal(t, []string{"a", "b"}, rest.Topics)
		require.Equal(t, db.Instant(happened), rest.FinishedAt.UTC())
	})
}
