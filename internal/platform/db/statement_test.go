package db_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// renamed is a row of changes to events.
type renamed struct {
	id, key string
	subject *string
}

var renamedColumns = []db.Column[renamed]{
	db.Col("id", func(r renamed) string { return r.id }),
	db.Col("key", func(r renamed) string { return r.key }),
	db.Col("subject", func(r renamed) *string { return r.subject }),
}

// rename changes events of a topic by rows and returns which.
func rename(t *testing.T, d *db.DB, topic string, rows ...renamed) (ids []string) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Query(ctx,
			db.SQL("UPDATE events SET key = v.key, subject = COALESCE(v.subject, events.subject) FROM "),
			db.Rows(rows, renamedColumns...),
			db.Together(db.SQL(" WHERE events.id = v.id AND events.topic = "), db.Arg(topic)),
			db.SQL(" RETURNING events.id"))
		if err != nil {
			return err
		}
		ids, err = scanned(found)
		return err
	})
	return ids
}

func scanned(rows *sql.Rows) (texts []string, err error) {
	defer rows.Close() //nolint:errcheck // rows.Err tells
	err = errors.Join(entsql.ScanSlice(rows, &texts), rows.Err())
	return texts, err
}

func TestRowsOfAStatementAreATable(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		other := anEvent("c")
		other.Topic = "other"
		require.NoError(t, insertEvents(t, d, anEvent("a"), anEvent("b"), other))

		subject := "it's {me}"
		changed := rename(t, d, "t", renamed{"a", "x", nil}, renamed{"b", "y", &subject}, renamed{"c", "z", nil}, renamed{"d", "z", nil})
		require.ElementsMatch(t, []string{"a", "b"}, changed)
		kept := d.Read().Event.Query().Order(event.ByID()).AllX(t.Context())
		require.Equal(t, [][2]string{{"x", "s"}, {"y", subject}, {"k", "s"}}, keysAndSubjects(kept))

		require.Empty(t, rename(t, d, "t"), "a table without rows changes nothing")
	})
}

func keysAndSubjects(events []*ent.Event) (pairs [][2]string) {
	for _, e := range events {
		pairs = append(pairs, [2]string{e.Key, e.Subject})
	}
	return pairs
}

func TestArgumentsHaveTheTypeOfTheirColumns(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		require.NoError(t, insertEvents(t, d, anEvent("a"), anEvent("b")))
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Execute(ctx,
				db.SQL("UPDATE events SET key = "), db.Arg("x"), db.SQL(", published_at = "), db.Arg(happened),
				db.SQL(" WHERE created_at = "), db.Arg(&happened), db.SQL(" AND id = "), db.Arg("b"))
		})
		kept := d.Read().Event.Query().Order(event.ByID()).AllX(t.Context())
		require.Nil(t, kept[0].PublishedAt)
		require.Equal(t, "x", kept[1].Key)
		require.Equal(t, db.Instant(happened), kept[1].PublishedAt.UTC())
	})
}
