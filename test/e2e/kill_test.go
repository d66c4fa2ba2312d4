package e2e_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	_ "github.com/mattn/go-sqlite3"    // the driver sqlite3
	"github.com/stretchr/testify/require"
)

// A crowd of 400 wants one of 350 coupons, and the power goes off three times meanwhile.
const (
	crowdSize  = 400
	stock      = 350
	powerCuts  = 3
	perCut     = 60 // claims that are promised before each cut
	sqliteFile = "moa.db"
)

// TestKillDuringAFlood cuts the power, again and again, while people claim. Whoever was promised a
// claim has it afterwards, whoever heard nothing may ask again, and the books agree to the last row.
func TestKillDuringAFlood(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		rows, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, sqliteFile)+"?mode=ro")
		require.NoError(t, err)
		t.Cleanup(func() { _ = rows.Close() })
		killDuringAFlood(t, dir, 1, rows)
	})
	t.Run("postgres and redis, two replicas", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		database := emptyDatabase(t)
		redis := newRedis(t, dir)
		require.NoError(t, redis.start())
		rows, err := sql.Open("pgx", database)
		require.NoError(t, err)
		t.Cleanup(func() { _ = rows.Close() })
		killDuringAFlood(t, dir, 2, rows, "MOA_DATABASE_URL="+database, "MOA_REDIS_URL="+redis.url())
	})
}

func killDuringAFlood(t *testing.T, dir string, replicas int, rows *sql.DB, settings ...string) {
	t.Helper()
	settings = append(settings, "MOA_ADDR=127.0.0.1:0", "MOA_DATA_DIR="+dir)
	moa(t, settings, "migrate")
	moa(t, settings, "seed", "-users", strconv.Itoa(crowdSize), "-tokens", filepath.Join(dir, "tokens"))
	text, err := os.ReadFile(filepath.Join(dir, "tokens"))
	require.NoError(t, err)
	waiting := strings.Fields(string(text))
	require.Len(t, waiting, crowdSize)

	servers := launchAll(t, dir, replicas, settings)
	coupon := publish(t, servers[0].url)
	promised := map[string]string{}
	for range powerCuts {
		f := startFlood(servers, coupon, waiting)
		require.NoError(t, f.reached(perCut))
		for _, s := range servers {
			s.crash()
		}
		waiting = collect(t, f, promised, waiting)
		require.NotEmpty(t, waiting, "the power was cut too late")
		servers = launchAll(t, dir, replicas, settings)
		require.NoError(t, holds(servers[0].url, coupon, promised))
	}
	f := startFlood(servers, coupon, waiting)
	sent := collect(t, f, promised, waiting)
	require.Len(t, promised, stock, "every coupon finds somebody")
	require.Len(t, sent, crowdSize-stock)
	_, refused := f.outcome()
	for _, code := range refused {
		require.Equal(t, "COUPON_SOLD_OUT", code)
	}

	require.NoError(t, holds(servers[len(servers)-1].url, coupon, promised))
	requireAgreement(t, rows, coupon, slices.Collect(maps.Values(promised)))
	for _, s := range servers {
		require.NoError(t, s.terminate())
	}
}

// collect adds what the flood was promised, and returns who has nothing yet.
func collect(t *testing.T, f *flood, promised map[string]string, waiting []string) []string {
	t.Helper()
	kept, _ := f.outcome()
	for token, id := range kept {
		require.NotContains(t, promised, token)
		promised[token] = id
	}
	return slices.DeleteFunc(slices.Clone(waiting), func(token string) bool { return kept[token] != "" })
}

// requireAgreement looks into the rows: the claims are those that were promised and no others, the
// coupon counts them, and each has its event, which gets published.
func requireAgreement(t *testing.T, rows *sql.DB, coupon string, promised []string) {
	t.Helper()
	claims := column(t, rows, `SELECT id FROM coupon_claims WHERE coupon_id = $1`, coupon)
	require.ElementsMatch(t, promised, claims)
	holders := column(t, rows, `SELECT DISTINCT user_id FROM coupon_claims WHERE coupon_id = $1`, coupon)
	require.Len(t, holders, stock, "nobody has two")
	counted := column(t, rows, `SELECT CAST(claimed_count AS text) FROM coupons WHERE id = $1`, coupon)
	require.Equal(t, []string{strconv.Itoa(stock)}, counted)
	told := column(t, rows, `SELECT payload ->> 'claimId' FROM events WHERE topic = 'coupon.claimed' AND subject = $1`, coupon)
	require.ElementsMatch(t, claims, told, "every claim has its event")
	require.NoError(t, poll(patience, func() error {
		if n := len(column(t, rows, `SELECT id FROM events WHERE published_at IS NULL AND $1 <> ''`, coupon)); n > 0 {
			return fmt.Errorf("%d events wait", n)
		}
		return nil
	}))
}

// column returns the only column of a query.
func column(t *testing.T, rows *sql.DB, query string, coupon string) []string {
	t.Helper()
	found, err := rows.QueryContext(t.Context(), query, coupon)
	require.NoError(t, err)
	defer found.Close()
	var values []string
	for found.Next() {
		var value string
		require.NoError(t, found.Scan(&value))
		values = append(values, value)
	}
	require.NoError(t, found.Err())
	return values
}

// launchAll starts the replicas, which end with the test.
func launchAll(t *testing.T, dir string, n int, settings []string) []*server {
	t.Helper()
	servers := make([]*server, n)
	for i := range servers {
		s, err := launch(filepath.Join(dir, fmt.Sprint("replica", i)), settings)
		require.NoError(t, err)
		t.Cleanup(func() { s.finish(t) })
		servers[i] = s
	}
	return servers
}

// publish returns the id of a coupon that the demo owner publishes.
func publish(t *testing.T, url string) string {
	t.Helper()
	owner, err := signIn(url, "owner@moa.example", "moa-demo-1234")
	require.NoError(t, err)
	a, err := owner.ask(`{ viewer { stores(first: 1) { edges { node { id } } } } }`, nil)
	require.NoError(t, err)
	store, err := a.at("viewer.stores.edges.0.node.id")
	require.NoError(t, err)
	now := time.Now().UTC()
	a, err = owner.ask(`mutation($store: ID!, $quantity: Int!, $now: DateTime!, $end: DateTime!) {
		createCoupon(input: {
			storeId: $store, title: "시험", discount: {kind: AMOUNT, value: 1000}, quantity: $quantity,
			startsAt: $now, endsAt: $end, expiresAt: $end
		}) { coupon { id } userErrors { code } }
	}`, map[string]any{"store": store, "quantity": stock, "now": now.Format(time.RFC3339), "end": now.Add(time.Hour).Format(time.RFC3339)})
	require.NoError(t, err)
	require.NoError(t, a.refusal())
	id, err := a.at("createCoupon.coupon.id")
	require.NoError(t, err)
	return id
}

// moa runs a command to its good end.
func moa(t *testing.T, settings []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, settings...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
