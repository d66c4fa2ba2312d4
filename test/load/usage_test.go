package load

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// A million claims of one day are counted in at most 4.1 seconds, beside the one statement that
// somebody would type into the database's own shell: N-18.
func TestUsage(t *testing.T) {
	if !*figures {
		t.Skip("only with -figures")
	}
	table := &Table{Title: "1,000,000 claims of one day into the daily usage table (N-18)", Head: []string{
		"on", "coupons", "Moa s", "one statement in the shell s", "Moa ÷ shell",
	}}
	for _, coupons := range []int{1_000, 100_000} {
		for _, name := range []string{"SQLite", "PostgreSQL"} {
			t.Run(fmt.Sprintf("%s/%d", name, coupons), func(t *testing.T) {
				d, shell := openFor(t, name)
				day := calendar.DateOf(time.Now()).Add(-1)
				fill(t, d, coupons, 1_000_000/coupons, day)
				var moas, shells []time.Duration
				for range repeats() {
					clearUsage(t, d)
					begun := time.Now()
					require.NoError(t, coupon.New(coupon.Deps{DB: d}).AggregateUsage(t.Context(), day, day))
					moas = append(moas, time.Since(begun))
					ours := usage(t, d)
					clearUsage(t, d)
					shells = append(shells, shell(t, day))
					require.Equal(t, usage(t, d), ours, "both count the same")
				}
				moa, raw := Median(moas), Median(shells)
				table.Add(name, strconv.Itoa(coupons), fmt.Sprintf("%.2f", moa.Seconds()), fmt.Sprintf("%.2f", raw.Seconds()),
					fmt.Sprintf("%.2f", moa.Seconds()/raw.Seconds()))
				require.LessOrEqual(t, moa, 4100*time.Millisecond, "N-18")
				if *figures {
					require.LessOrEqual(t, moa, raw*13/10, "beside one statement")
				}
			})
		}
	}
	printTable(t, table)
}

// openFor opens an empty database, and a shell that counts a day with one statement and tells how long
// that took.
func openFor(t *testing.T, name string) (d *db.DB, shell func(*testing.T, calendar.Date) time.Duration) {
	t.Helper()
	opts := db.Options{File: filepath.Join(t.TempDir(), "moa.db")}
	if name == "PostgreSQL" {
		opts = db.Options{URL: testkit.PostgresDatabase(t)}
	}
	d, err := db.Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	require.NoError(t, d.Migrate(t.Context()))
	if d.IsPostgres() {
		if _, err := exec.LookPath("psql"); err == nil {
			return d, func(t *testing.T, day calendar.Date) time.Duration { t.Helper(); return psql(t, opts.URL, day) }
		}
	}
	return d, func(t *testing.T, day calendar.Date) time.Duration {
		t.Helper()
		begun := time.Now()
		_, err := d.Writer().ExecContext(t.Context(), shellStatement("$1", "$2", "$3"), day.String(), day.Start(), day.End())
		require.NoError(t, err)
		return time.Since(begun)
	}
}

// shellStatement counts a day, given its name, begin and end, as Moa does, but all at once and into an
// empty table: a redemption counts on its own day, whenever its claim was made.
func shellStatement(date, from, to string) string {
	return fmt.Sprintf(`INSERT INTO coupon_usage_days (date, coupon_id, claimed, redeemed)
SELECT %[1]s, coupon_id, SUM(claimed), SUM(redeemed) FROM (
	SELECT coupon_id, COUNT(*) AS claimed, 0 AS redeemed
	FROM coupon_claims WHERE claimed_at >= %[2]s AND claimed_at < %[3]s GROUP BY coupon_id
	UNION ALL
	SELECT coupon_id, 0, COUNT(*)
	FROM coupon_claims WHERE redeemed_at >= %[2]s AND redeemed_at < %[3]s GROUP BY coupon_id
) AS counted GROUP BY coupon_id`, date, from, to)
}

// psql counts a day in PostgreSQL's shell and returns what its clock says.
func psql(t *testing.T, address string, day calendar.Date) time.Duration {
	t.Helper()
	quote := func(text string) string { return "'" + text + "'" }
	instant := func(at time.Time) string { return quote(at.Format(time.RFC3339)) + "::timestamptz" }
	out, err := exec.CommandContext(t.Context(), "psql", "-X", address, "-c", `\timing on`,
		"-c", shellStatement(quote(day.String()), instant(day.Start()), instant(day.End()))).CombinedOutput()
	require.NoError(t, err, "%s", out)
	match := regexp.MustCompile(`Time: ([0-9.]+) ms`).FindSubmatch(out)
	require.NotNil(t, match, "%s", out)
	ms, err := strconv.ParseFloat(string(match[1]), 64)
	require.NoError(t, err)
	return time.Duration(ms * float64(time.Millisecond))
}

// fill writes coupons, and claims of a day for each: one a user, a third of them redeemed that day.
func fill(t *testing.T, d *db.DB, coupons, users int, day calendar.Date) {
	t.Helper()
	statements := []struct {
		text string
		args []any
	}{
		{`CREATE TABLE load_instants (i INTEGER PRIMARY KEY, at ` + map[bool]string{true: "TIMESTAMPTZ", false: "DATETIME"}[d.IsPostgres()] + ` NOT NULL)`, nil},
		{numbers + `INSERT INTO users (id, created_at, name, email_hash, role) SELECT 'usr_' || (10000000 + i), $2, 'load', 'load ' || i, 'USER' FROM n`, []any{users, day.Start()}},
		{`INSERT INTO stores (id, created_at, name, category, search_text, owner_id) VALUES ('sto_load', $1, 'load', 'load', '', 'usr_10000001')`, []any{day.Start()}},
		{numbers + `INSERT INTO coupons (id, created_at, title, discount_kind, discount_value, quantity, claimed_count, starts_at, ends_at, expires_at, search_text, store_id)
			SELECT 'cpn_' || (10000000 + i), $2, 'load', 'AMOUNT', 1000, $3, $3, $2, $4, $4, '', 'sto_load' FROM n`, []any{coupons, day.Start(), users, day.Add(30).End()}},
	}
	for _, s := range statements {
		execute(t, d, s.text, s.args...)
	}
	const minutes = 24 * 60
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for i := range minutes {
			if _, err := tx.ExecContext(ctx, "INSERT INTO load_instants VALUES ($1, $2)", i, day.Start().Add(time.Duration(i)*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
	execute(t, d, `INSERT INTO coupon_claims (id, status, code, claimed_at, expires_at, redeemed_at, coupon_id, user_id)
		SELECT 'clm_' || substr(c.id, 5) || substr(u.id, 5), 'UNUSED', substr(c.id, 5) || substr(u.id, 5), at.at, $1,
			CASE WHEN CAST(substr(u.id, 5) AS INTEGER) % 3 = 0 THEN at.at END, c.id, u.id
		FROM coupons c CROSS JOIN users u
		JOIN load_instants at ON at.i = (CAST(substr(c.id, 5) AS INTEGER) * 7 + CAST(substr(u.id, 5) AS INTEGER)) % `+strconv.Itoa(minutes),
		day.Add(30).End())
	if d.IsPostgres() { // what autovacuum would have done
		_, err := d.Writer().ExecContext(t.Context(), "VACUUM ANALYZE coupon_claims")
		require.NoError(t, err)
	}
}

// numbers counts from 1 to $1 as n(i), on both databases.
const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `

func execute(t *testing.T, d *db.DB, statement string, args ...any) {
	t.Helper()
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}

// clearUsage empties the usage table.
func clearUsage(t *testing.T, d *db.DB) {
	t.Helper()
	clearing := "DELETE FROM coupon_usage_days"
	if d.IsPostgres() {
		clearing = "TRUNCATE coupon_usage_days"
	}
	execute(t, d, clearing)
}

// usage returns how many rows the usage table has, and their sums.
func usage(t *testing.T, d *db.DB) (counts [3]int) {
	t.Helper()
	err := d.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*), COALESCE(SUM(claimed), 0), COALESCE(SUM(redeemed), 0) FROM coupon_usage_days").
		Scan(&counts[0], &counts[1], &counts[2])
	require.NoError(t, err)
	require.Equal(t, 1_000_000, counts[1])
	return counts
}
