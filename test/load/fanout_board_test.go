//go:build linux

package load

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

// A crowd that watches one dashboard over sockets has each change within a second, and the question is computed
// once for all of them.
func TestFanoutOfADashboard(t *testing.T) {
	viewers, changes := 50, 5
	if *figures {
		viewers, changes = 1000, 100
	}
	table := &Table{Title: fmt.Sprintf("%d viewers of one live dashboard, %d changes", viewers, changes), Head: []string{
		"on", "over", "questions to the database", "average ms", "p50", "p99", "max", "CPU s: Moa + PostgreSQL + Redis",
	}}
	each(t, func(t *testing.T, g ground) {
		town := found(t, g)
		// All of them are the same operator, who may see every dashboard.
		town.settings = append(town.settings, "MOA_LIVE_KEEPALIVE=5m", "MOA_LIMIT_VIEWER_RATE=100000", "MOA_LIMIT_STREAMS=10000")
		town.run(t, "import", "stores", "testdata/stores.csv")
		town.open(t, g)
		tokens := make([]string, viewers)
		for i := range tokens {
			tokens[i] = town.admin
		}
		for _, way := range ways {
			t.Run(way.name, func(t *testing.T) {
				told, questions := town.tellBoard(t, tokens, way.join, changes)
				asked := "–"
				if town.postgres {
					asked = fmt.Sprint(questions)
				}
				table.Add(g.name, way.name, asked, Milliseconds(told.latency.Mean), Milliseconds(told.latency.P50), Milliseconds(told.latency.P99),
					Milliseconds(told.latency.Max), seconds(told.spent.moa)+" + "+seconds(told.spent.postgres)+" + "+seconds(told.spent.redis))
			})
		}
	})
	printTable(t, table)
}

// tellBoard sells a line again and again while everybody watches the number of them on a dashboard. It also
// returns how often PostgreSQL was asked for the lines.
func (town *town) tellBoard(t *testing.T, tokens []string, join func([]string, []byte) joining, changes int) (told run, questions int) {
	t.Helper()
	rows := town.openRows(t)
	scanned, computed := town.scans(t), town.computed(t)
	lines := 0
	require.NoError(t, town.rows.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM order_lines").Scan(&lines))
	day := calendar.MonthNumbered(marketYear * 12)
	var made struct {
		CreateDashboard struct{ Dashboard struct{ ID string } }
	}
	town.ask(t, town.admin, `mutation($from: Date!, $to: Date!) { createDashboard(input: {title: "load", widgets: [{title: "lines", chart: BAR,
		analysisInput: {data: "orders", measures: ["lines"], period: {from: $from, to: $to}}}]}) { dashboard { id } userErrors { code } } }`,
		map[string]any{"from": day.String(), "to": day.Add(30).String()}, &made)
	text := body(t, `subscription($id: ID!) { dashboard(id: $id) { title widgets { title chart result { columns { name label } rows { keys values } freshness { source } totals } } } }`,
		map[string]any{"id": made.CreateDashboard.Dashboard.ID})
	hall := newHall(len(tokens), lines, changes)
	crowd := gather(t, len(tokens), town.hosts(), join(tokens, text), `"totals":[`, hall.hear)
	defer crowd.leave(t)
	hall.wait(t, 0)
	// PostgreSQL's numbers come a moment later: those of the count above, and of the first answers.
	scanned = town.scansFrom(t, scanned+1+town.computed(t)-computed)
	computed = town.computed(t)
	before := town.spent(t)
	for n := 1; n <= changes; n++ {
		hall.tell(n)
		town.sellLine(t, rows, day)
		hall.wait(t, n)
	}
	told = run{latency: Summarize(hall.times()), spent: town.spent(t).since(before)}
	if *figures {
		require.LessOrEqual(t, told.latency.P99, time.Second)
	}
	if !town.postgres {
		return told, 0
	}
	questions = town.scansFrom(t, scanned+town.computed(t)-computed) - scanned
	if *figures {
		require.LessOrEqual(t, questions, changes, "one of the replicas asks once a change, for all of them")
	}
	return told, questions
}

// computed returns how many answers about orders the replicas have computed.
func (town *town) computed(t *testing.T) int {
	t.Helper()
	return int(town.series(t, `moa_dashboard_computations_total{kind="orders",source="database"}`))
}

// scansFrom returns the scans as soon as there are so many; at once on SQLite.
func (town *town) scansFrom(t *testing.T, least int) (n int) {
	t.Helper()
	require.Eventually(t, func() bool { n = town.scans(t); return n >= least || !town.postgres }, patience, 50*time.Millisecond)
	return n
}

// openRows opens the database for writing, as another program.
func (town *town) openRows(t *testing.T) *sql.DB {
	t.Helper()
	kind, source := "sqlite3", "file:"+(&url.URL{Path: town.source}).EscapedPath()+"?_busy_timeout=5000"
	if town.postgres {
		kind, source = "pgx", town.source
	}
	rows, err := sql.Open(kind, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rows.Close()) })
	return rows
}

// sellLine adds an order line as an import does.
func (town *town) sellLine(t *testing.T, rows *sql.DB, day calendar.Date) {
	t.Helper()
	tx, err := rows.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback() // nothing once it is committed
	for _, statement := range []string{
		`INSERT INTO order_lines (order_id, line_no, ordered_at, day, month, store_id, product_id, product_name, category, quantity, amount)
			SELECT '` + rand.Text() + `', 1, '` + day.String() + ` 00:00:00+00:00', ` + fmt.Sprint(day.Number(), ", ", day.MonthNumber()) + `, MIN(id), 'p', 'p', 'c', 1, 1 FROM stores`,
		`INSERT INTO data_versions (kind, version) VALUES ('orders', 1) ON CONFLICT (kind) DO UPDATE SET version = data_versions.version + 1`,
	} {
		_, err := tx.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
}

// scans returns how often PostgreSQL was asked for order lines; who sells does not look. 0 on SQLite.
func (town *town) scans(t *testing.T) (n int) {
	t.Helper()
	if town.postgres {
		require.NoError(t, town.rows.QueryRowContext(t.Context(),
			"SELECT COALESCE(seq_scan, 0) + COALESCE(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'order_lines'").Scan(&n))
	}
	return n
}
