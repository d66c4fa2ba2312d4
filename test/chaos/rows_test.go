package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// broken are statements that find rows which contradict each other, each by what it would mean. $1 is when
// the clients began.
var broken = map[string]string{
	"claimed_count is not the number of claims": `SELECT id FROM coupons c
		WHERE claimed_count <> (SELECT COUNT(*) FROM coupon_claims WHERE coupon_id = c.id) AND $1 = $1`,
	"more was claimed than there is":       `SELECT id FROM coupons WHERE claimed_count > quantity AND $1 = $1`,
	"somebody has a coupon twice":          `SELECT user_id FROM coupon_claims WHERE $1 = $1 GROUP BY coupon_id, user_id HAVING COUNT(*) > 1`,
	"a redemption and its time disagree":   `SELECT id FROM coupon_claims WHERE (status = 'USED') <> (redeemed_at IS NOT NULL) AND $1 = $1`,
	"a store outlives its owner":           `SELECT s.id FROM stores s JOIN users u ON u.id = s.owner_id WHERE u.deleted_at IS NOT NULL AND s.deleted_at IS NULL AND $1 = $1`,
	"a coupon outlives its store":          `SELECT c.id FROM coupons c JOIN stores s ON s.id = c.store_id WHERE s.deleted_at IS NOT NULL AND c.deleted_at IS NULL AND $1 = $1`,
	"a follow outlives its user":           `SELECT f.id FROM follows f JOIN users u ON u.id = f.user_id WHERE u.deleted_at IS NOT NULL AND $1 = $1`,
	"a session outlives its user":          `SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.deleted_at IS NOT NULL AND s.revoked_at IS NULL AND $1 = $1`,
	"a search outlives its user":           `SELECT h.id FROM search_histories h JOIN users u ON u.id = h.user_id WHERE u.deleted_at IS NOT NULL AND $1 = $1`,
	"a deleted user has personal data":     `SELECT id FROM users WHERE deleted_at IS NOT NULL AND (email IS NOT NULL OR password_hash IS NOT NULL OR avatar_key IS NOT NULL) AND $1 = $1`,
	"a follow follows nothing, or two":     `SELECT id FROM follows WHERE (store_id IS NULL) = (coupon_id IS NULL) AND $1 = $1`,
	"somebody follows the same twice":      `SELECT user_id FROM follows WHERE $1 = $1 GROUP BY user_id, store_id, coupon_id HAVING COUNT(*) > 1`,
	"a claim has no coupon or no holder":   `SELECT k.id FROM coupon_claims k LEFT JOIN coupons c ON c.id = k.coupon_id LEFT JOIN users u ON u.id = k.user_id WHERE (c.id IS NULL OR u.id IS NULL) AND $1 = $1`,
	"a coupon has no store":                `SELECT c.id FROM coupons c LEFT JOIN stores s ON s.id = c.store_id WHERE s.id IS NULL AND $1 = $1`,
	"a refresh token has no session":       `SELECT t.id FROM refresh_tokens t LEFT JOIN sessions s ON s.id = t.session_id WHERE s.id IS NULL AND $1 = $1`,
	"a coupon is made of impossible times": `SELECT id FROM coupons WHERE (ends_at <= starts_at OR expires_at < ends_at) AND $1 = $1`,
	"a keyed change has no outcome": `SELECT i.id FROM idempotencies i WHERE NOT EXISTS (SELECT 1 FROM stores WHERE id = i.outcome)
		AND NOT EXISTS (SELECT 1 FROM coupons WHERE id = i.outcome) AND NOT EXISTS (SELECT 1 FROM counsel_sessions WHERE id = i.outcome)
		AND NOT EXISTS (SELECT 1 FROM counsel_messages WHERE id = i.outcome) AND NOT EXISTS (SELECT 1 FROM counsel_draws WHERE id = i.outcome)
		AND i.outcome NOT LIKE 'dsh_%' AND i.user_id NOT LIKE 'gst_%' AND $1 = $1`, // dashboards go, and accounts forget worries
	"a session outlives its client":                `SELECT s.id FROM counsel_sessions s JOIN users u ON u.id = s.user_id WHERE u.deleted_at IS NOT NULL AND $1 = $1`,
	"a message has no session":                     `SELECT m.id FROM counsel_messages m LEFT JOIN counsel_sessions s ON s.id = m.session_id WHERE s.id IS NULL AND $1 = $1`,
	"a budget has something set aside for nothing": `SELECT id FROM counsel_budgets WHERE (reserved < 0 OR used < 0) AND $1 = $1`,
	"claims and their events disagree": `SELECT c.id FROM coupons c WHERE
		(SELECT COUNT(*) FROM coupon_claims WHERE coupon_id = c.id AND claimed_at >= $1) <>
		(SELECT COUNT(*) FROM events WHERE subject = c.id AND topic = 'coupon.claimed')`,
	"redemptions and their events disagree": `SELECT c.id FROM coupons c WHERE
		(SELECT COUNT(*) FROM coupon_claims WHERE coupon_id = c.id AND redeemed_at >= $1) <>
		(SELECT COUNT(*) FROM events WHERE subject = c.id AND topic = 'coupon.redeemed')`,
	"a coupon was published without an event": `SELECT c.id FROM coupons c WHERE created_at >= $1
		AND NOT EXISTS (SELECT 1 FROM events WHERE subject = c.id AND topic = 'coupon.published')`,
	"a job was left running or given up": `SELECT kind FROM river_job WHERE state IN ('running', 'discarded', 'cancelled') AND $1 = $1`,
	"a job failed":                       `SELECT kind FROM river_job WHERE state = 'retryable' AND $1 = $1`,
}

// requireSound holds the rows that the clients left against each other, after the server has ended.
func requireSound(t *testing.T, d *db.DB, begun time.Time) {
	t.Helper()
	for meaning, statement := range broken {
		if rows := texts(t, d, statement, begun); len(rows) > 0 {
			t.Errorf("%s: %d, such as %s", meaning, len(rows), rows[0])
		}
	}
	day := calendar.DateOf(time.Now())
	for date := day.Add(-14); date.Before(day); date = date.Add(1) { // today is not counted yet
		requireCounted(t, d, date)
	}
}

// requirePublished waits until every event was published and marked, as a running Moa does at once.
func requirePublished(t *testing.T, rows db.Options) {
	t.Helper()
	d, err := db.Open(context.Background(), rows)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	require.Eventually(t, func() bool {
		return d.Read().Event.Query().Where(event.PublishedAtIsNil()).CountX(context.Background()) == 0
	}, time.Minute, 50*time.Millisecond, "an event was never published")
}

// followers asks as a guest how many follow each store: what everybody reads may be kept.
func (m *moa) followers(t *testing.T) map[string]int {
	t.Helper()
	const query = `query($after: Cursor) { stores(first: 50, after: $after) {
		edges { node { id followerCount } } pageInfo { hasNextPage endCursor } } }`
	shown := map[string]int{}
	quiet := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: answerTime}
	var after *string
	for {
		var answer struct {
			Data struct {
				Stores struct {
					Edges []struct {
						Node struct {
							ID            string
							FollowerCount int
						}
					}
					PageInfo struct {
						HasNextPage bool
						EndCursor   *string
					}
				}
			}
			Errors []any
		}
		body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"after": after}})
		require.NoError(t, err)
		response, err := quiet.Post(m.url+"/graphql", "application/json", bytes.NewReader(body))
		require.NoError(t, err)
		require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
		require.NoError(t, response.Body.Close())
		require.Empty(t, answer.Errors)
		for _, edge := range answer.Data.Stores.Edges {
			shown[edge.Node.ID] = edge.Node.FollowerCount
		}
		if after = answer.Data.Stores.PageInfo.EndCursor; !answer.Data.Stores.PageInfo.HasNextPage {
			return shown
		}
	}
}

// requireFollowers holds what was shown of the followers against the rows.
func requireFollowers(t *testing.T, d *db.DB, shown map[string]int) {
	t.Helper()
	require.NotEmpty(t, shown)
	counted := map[string]int{}
	for _, id := range texts(t, d, `SELECT f.store_id FROM follows f JOIN stores s ON s.id = f.store_id WHERE s.deleted_at IS NULL`) {
		counted[id]++
	}
	for id, n := range shown {
		if n != counted[id] {
			t.Errorf("store %s shows %d followers and has %d", id, n, counted[id])
		}
		delete(counted, id)
	}
	if len(counted) > 0 {
		t.Errorf("stores with followers are not listed: %v", counted)
	}
}

// requireCounted holds what was counted for a day against the claims.
func requireCounted(t *testing.T, d *db.DB, date calendar.Date) {
	t.Helper()
	wrong := texts(t, d, `SELECT d.coupon_id FROM coupon_usage_days d WHERE d.date = $1 AND (
		d.claimed <> (SELECT COUNT(*) FROM coupon_claims k WHERE k.coupon_id = d.coupon_id AND k.claimed_at >= $2 AND k.claimed_at < $3) OR
		d.redeemed <> (SELECT COUNT(*) FROM coupon_claims k WHERE k.coupon_id = d.coupon_id AND k.redeemed_at >= $2 AND k.redeemed_at < $3))`,
		date.String(), date.Start(), date.End())
	if len(wrong) > 0 {
		t.Errorf("the usage on %s is wrong: %s", date, wrong[0])
	}
}

func texts(t *testing.T, d *db.DB, statement string, args ...any) (list []string) {
	t.Helper()
	rows, err := d.Read().QueryContext(context.Background(), statement, args...)
	require.NoError(t, err, statement)
	defer rows.Close()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		list = append(list, text)
	}
	require.NoError(t, rows.Err())
	return list
}
