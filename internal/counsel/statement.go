package counsel

import (
	"database/sql"
	"errors"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/db"
)

// changeMessages is a statement that changes messages m by rows v, which have the ids of messages, as far as a
// condition holds, and returns columns of those that it has changed. PostgreSQL locks them in the order of their ids
// before: two such statements that wait for each other would stand still until it notices.
func changeMessages(grammar string, set, rows, where db.Part, returning ...string) db.Part {
	if grammar != dialect.Postgres {
		return db.Together(db.SQL("UPDATE counsel_messages AS m SET "), set, db.SQL(" FROM "), rows,
			db.SQL(" WHERE m.id = v.id AND "), where, db.SQL(" RETURNING "+strings.Join(returning, ", ")))
	}
	return db.Together(
		db.SQL("WITH v AS (SELECT v.* FROM counsel_messages AS m JOIN "), rows, db.SQL(" ON m.id = v.id WHERE "), where,
		db.SQL(" ORDER BY m.id FOR UPDATE OF m) UPDATE counsel_messages AS m SET "), set,
		db.SQL(" FROM v WHERE m.id = v.id RETURNING m."+strings.Join(returning, ", m.")))
}

// idsOf reads the ids that a statement returns.
func idsOf(rows *sql.Rows, err error) (ids []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	err = errors.Join(entsql.ScanSlice(rows, &ids), rows.Err())
	return ids, err
}
