package e2e_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules that hold in every committed state, also in the middle of a raid: each finds what breaks
// them in one statement, which sees one state.
var rules = map[string]string{
	"the stock equals the rows, and never goes below nothing": `SELECT c.id FROM coupons AS c WHERE c.title = $1 AND (
		c.claimed_count <> (SELECT COUNT(*) FROM coupon_claims AS x WHERE x.coupon_id = c.id) OR c.claimed_count > c.quantity)`,
	"nobody has two": `SELECT x.user_id FROM coupon_claims AS x JOIN coupons AS c ON c.id = x.coupon_id AND c.title = $1
		GROUP BY x.coupon_id, x.user_id HAVING COUNT(*) > 1`,
	"every claim has its event": `SELECT 'claims and events: ' || n || ' and ' || m FROM (SELECT
		(SELECT COUNT(*) FROM coupon_claims AS x JOIN coupons AS c ON c.id = x.coupon_id AND c.title = $1) AS n,
		(SELECT COUNT(DISTINCT e.payload ->> 'claimId') FROM events AS e JOIN coupons AS c ON c.id = e.subject AND c.title = $1
			WHERE e.topic = 'coupon.claimed') AS m) AS counted WHERE n <> m`,
}

// obeyed returns an error when the rows break a rule.
func obeyed(rows *sql.DB) error {
	for rule, query := range rules {
		broken, err := column(rows, query, couponTitle)
		if err != nil {
			return err
		}
		if len(broken) > 0 {
			return final{fmt.Errorf("%s: broken by %v", rule, broken)}
		}
	}
	return nil
}

// column returns the only column of a query.
func column(rows *sql.DB, query string, arg any) ([]string, error) {
	found, err := rows.Query(query, arg)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var values []string
	for found.Next() {
		var value string
		if err := found.Scan(&value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, found.Err()
}

// sorted returns the only column of a query in order.
func sorted(t *testing.T, rows *sql.DB, query string, arg any) []string {
	t.Helper()
	values, err := column(rows, query, arg)
	require.NoError(t, err)
	slices.Sort(values)
	return values
}

// agree calls the raid off and compares what everybody was told with the rows: the claims are those that
// were promised and no others, each has its event, the stock counts them wherever it is asked for, and
// who follows a log has heard of each once.
func (g *ground) agree() {
	t := g.t
	t.Helper()
	require.NoError(t, g.raid.callOff())
	require.NoError(t, obeyed(g.rows))
	for i, coupon := range g.raid.coupons {
		promised := slices.Sorted(maps.Values(g.raid.promised[coupon]))
		claims := sorted(t, g.rows, `SELECT id FROM coupon_claims WHERE coupon_id = $1`, coupon)
		require.Equal(t, promised, claims, "the claims are those that were promised")
		events := sorted(t, g.rows, `SELECT payload ->> 'claimId' FROM events WHERE topic = 'coupon.claimed' AND subject = $1`, coupon)
		require.Equal(t, claims, events, "every claim has one event")
		last := i >= len(g.raid.coupons)-3
		for _, s := range g.servers {
			require.NoError(t, poll(patience, func() error { return tells(s.url, coupon, g.stock-len(claims), last) }))
		}
		if !last {
			require.Len(t, claims, g.stock, "a coupon that everybody asked for is sold out")
		}
	}
	g.heard()
	require.NoError(t, poll(patience, func() error {
		if waiting, err := column(g.rows, `SELECT id FROM events WHERE published_at IS NULL AND $1 <> ''`, "any"); err != nil || len(waiting) > 0 {
			return fmt.Errorf("%d events wait: %w", len(waiting), err)
		}
		return nil
	}))
	require.Empty(t, g.raid.wrong)
	g.requireQuiet()
}

// tells returns nil when a replica says what is left of a coupon, also to whoever begins to watch it.
func tells(url, coupon string, left int, live bool) error {
	variables := map[string]any{"id": coupon}
	a, err := client{url: url}.ask(`query($id: ID!) { coupon(id: $id) { remaining } }`, variables)
	if err != nil {
		return err
	}
	if text, err := a.at("coupon.remaining"); err != nil || number(text) != left {
		return fmt.Errorf("%d are left, and it says %s", left, a)
	}
	if !live {
		return nil
	}
	s, err := listenSSE(client{url: url}, stockDocument, variables)
	if err != nil {
		return err
	}
	defer s.close()
	if a, err = s.next(); err != nil {
		return err
	}
	if text, err := a.at("couponStock.remaining"); err != nil || number(text) != left {
		return fmt.Errorf("%d are left, and the live stock is %s", left, a)
	}
	return nil
}

// heard waits until every follower knows its claims, and looks at what it was told.
func (g *ground) heard() {
	g.t.Helper()
	for token, two := range g.followed {
		claims := g.raid.promisedTo(token)
		for _, f := range two {
			require.NoError(g.t, poll(patience, func() error { return f.knows(claims) }))
		}
	}
	g.unfollow()
	<-g.stocks.ended
	for _, two := range g.followed {
		for _, f := range two {
			<-f.ended
			require.Empty(g.t, f.wrong)
		}
		requireSameOrder(g.t, two[0], two[1])
	}
}

// requireQuiet fails when any life of a replica has logged what must never happen.
func (g *ground) requireQuiet() {
	logs, err := filepath.Glob(filepath.Join(g.dir, "replica*.log"))
	require.NoError(g.t, err)
	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(g.t, err)
		for line := range strings.Lines(string(text)) {
			for _, never := range []string{"internal error", "DATA RACE", "panic"} {
				require.NotContains(g.t, line, never)
			}
		}
	}
}

// followers sums up what the followers were told.
func (g *ground) followers() (events, resets, cuts int) {
	for _, two := range g.followed {
		for _, f := range two {
			f.mu.Lock()
			events, resets, cuts = events+len(f.events), resets+f.resets, cuts+f.cuts
			f.mu.Unlock()
		}
	}
	return events, resets, cuts
}
