//go:build linux

package load

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fanout is how much is told to how many.
type fanout struct {
	people  int
	changes int // of a state, changesEvery
	events  int // of a log, all at once
}

// changesEvery is the pause between two changes of a state.
const changesEvery = 200 * time.Millisecond

func fanoutSize() fanout {
	if *figures {
		return fanout{people: subscribers, changes: 100, events: 100}
	}
	return fanout{people: 60, changes: 5, events: 20}
}

// ways are how people listen.
var ways = []struct {
	name string
	join func(tokens []string, body []byte) joining
}{{"WebSocket", bySocket}, {"SSE", byStream}}

// One execution serves everybody who asks the same: each of them gets each event of a log once and in
// order, quickly, and an idle listener costs little.
func TestFanout(t *testing.T) {
	size := fanoutSize()
	states := &Table{Title: fmt.Sprintf("%d subscribers, %d updates at 5/s", size.people, size.changes), Head: []string{
		"on", "over", "average ms", "p50", "p99", "max", "CPU s: Moa + PostgreSQL + Redis", "CPU s of raw sockets", "their p99 ms",
	}}
	logs := &Table{Title: fmt.Sprintf("%d events of a log to %d subscribers at once", size.events, size.people), Head: []string{
		"on", "over", "deliveries/s", "CPU µs a delivery: Moa", "raw sockets: deliveries/s", "their CPU µs",
	}}
	memory := &Table{Title: fmt.Sprintf("%d idle subscribers", size.people), Head: []string{"on", "over", "resident KiB each"}}
	each(t, func(t *testing.T, g ground) {
		town := found(t, g)
		town.settings = append(town.settings, "MOA_LIVE_KEEPALIVE=5m")
		town.run(t, "import", "stores", "testdata/stores.csv")
		tokens := town.seed(t, size.people)
		town.open(t, g)
		floor := startSockets(t)
		for _, way := range ways {
			t.Run(way.name, func(t *testing.T) {
				state, idle := town.tellState(t, size, way.join, tokens)
				bare := floor.tellState(t, size)
				states.Add(g.name, way.name, Milliseconds(state.latency.Mean), Milliseconds(state.latency.P50), Milliseconds(state.latency.P99), Milliseconds(state.latency.Max),
					seconds(state.spent.moa)+" + "+seconds(state.spent.postgres)+" + "+seconds(state.spent.redis), seconds(bare.spent.moa), Milliseconds(bare.latency.P99))
				memory.Add(g.name, way.name, fmt.Sprintf("%.1f", float64(idle)/1024/float64(size.people)))
				log := town.tellLog(t, size, way.join, tokens)
				bare = floor.tellLog(t, size)
				perMicro := func(r run) string {
					return fmt.Sprintf("%.1f", float64(r.spent.moa.Microseconds())/float64(size.people*size.events))
				}
				logs.Add(g.name, way.name, fmt.Sprintf("%.0f", log.rate), perMicro(log), fmt.Sprintf("%.0f", bare.rate), perMicro(bare))
				if *figures {
					require.LessOrEqual(t, state.spent.all(), 5*time.Second, "CPU of a state")
					require.LessOrEqual(t, state.latency.P99, 90*time.Millisecond, "p99 of a state")
					require.GreaterOrEqual(t, log.rate, 250_000.0, "deliveries of a log a second")
				}
			})
		}
	})
	printTable(t, states)
	printTable(t, logs)
	printTable(t, memory)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

// tellState changes the stock of a coupon again and again while everybody watches it. It also returns the
// memory that the watchers cost before the first change.
func (town *town) tellState(t *testing.T, size fanout, join func([]string, []byte) joining, tokens []string) (told run, idle int) {
	t.Helper()
	const stock = 1000
	coupon := town.publish(t, stock)
	text := body(t, `subscription($id: ID!) { couponStock(couponId: $id) { remaining } }`, map[string]any{"id": coupon})
	before := town.resident(t)
	hall := newHall(size.people, stock, size.changes)
	crowd := gather(t, size.people, town.hosts(), join(tokens, text), `"remaining":`, hall.hear)
	defer crowd.leave(t)
	hall.wait(t, 0)
	idle = town.resident(t) - before
	spentBefore := town.spent(t)
	for n := 1; n <= size.changes; n++ {
		hall.tell(n)
		town.ask(t, town.admin, `mutation($id: ID!, $q: Int!) { updateCoupon(input: {id: $id, quantity: $q}) { coupon { id } userErrors { code } } }`,
			map[string]any{"id": coupon, "q": stock + n}, nil)
		require.True(t, await(t.Context(), hall.started.Add(time.Duration(n)*changesEvery)))
	}
	hall.wait(t, size.changes)
	return run{latency: Summarize(hall.times()), spent: town.spent(t).since(spentBefore)}, idle
}

// tellLog publishes coupons of a store, all at once, to everybody who follows its log.
func (town *town) tellLog(t *testing.T, size fanout, join func([]string, []byte) joining, tokens []string) run {
	t.Helper()
	store := town.someStore(t)
	text := body(t, `subscription($id: ID!, $after: Cursor) { couponPublished(storeId: $id, after: $after) { cursor news coupon { id title } } }`, map[string]any{"id": store})
	ears := newEars(size.people)
	crowd := gather(t, size.people, town.hosts(), join(tokens, text), `"title":"`, ears.hear)
	defer crowd.leave(t)
	for first := true; first || !ears.awake(); first = false { // until the last one has begun to listen
		town.publishMany(t, store, 1)
		ears.settle(t)
	}
	town.publishMany(t, store, size.events)
	ears.settle(t)
	ears.expect(size.events)
	executed, delivered := town.series(t, `moa_live_executions_total{field="couponPublished"}`), town.series(t, `moa_live_deliveries_total{field="couponPublished"}`)
	before := town.spent(t)
	town.publishAgain(t, store, size.events)
	took := ears.wait(t)
	told := run{rate: float64(size.people*size.events) / took.Seconds(), spent: town.spent(t).since(before)}
	ears.requireEqual(t)
	require.InDelta(t, size.events*len(town.urls), town.series(t, `moa_live_executions_total{field="couponPublished"}`)-executed, 0, "one execution an event on each replica")
	require.Eventually(t, func() bool {
		return town.series(t, `moa_live_deliveries_total{field="couponPublished"}`)-delivered == float64(size.people*size.events)
	}, patience, 10*time.Millisecond, "each event once for each subscriber")
	return told
}

func (town *town) someStore(t *testing.T) string {
	t.Helper()
	var stores struct {
		Stores struct {
			Edges []struct{ Node struct{ ID string } }
		}
	}
	town.ask(t, "", `{ stores(first: 1, filter: {search: "불러온"}) { edges { node { id } } } }`, nil, &stores)
	require.Len(t, stores.Stores.Edges, 1, "a store from testdata/stores.csv")
	return stores.Stores.Edges[0].Node.ID
}

// publishMany publishes so many coupons, 20 with a request, over 4 connections. Their titles are numbers.
func (town *town) publishMany(t *testing.T, store string, count int) {
	t.Helper()
	var calls []Call
	now := time.Now()
	for n := 0; n < count; {
		var fields strings.Builder
		for ; n < count && len(calls)*20+20 > n; n++ {
			fmt.Fprintf(&fields, `c%d: createCoupon(input: {storeId: $s, title: "%d", quantity: 10, discount: {kind: AMOUNT, value: 1000}, startsAt: $now, endsAt: $then, expiresAt: $then}) { userErrors { code } }`, n, n)
		}
		calls = append(calls, Call{URL: town.urls[len(calls)%len(town.urls)], Token: town.admin, Body: body(t,
			"mutation($s: ID!, $now: DateTime!, $then: DateTime!) {"+fields.String()+"}",
			map[string]any{"s": store, "now": now, "then": now.Add(time.Hour)})})
	}
	replies, _ := town.driver.Flood(t.Context(), 4, calls)
	for _, reply := range replies {
		read(t, reply, nil)
		require.NotContains(t, string(reply.Body), `"userErrors":[{`)
	}
}

// publishAgain puts the latest events of a store into the outbox once more, under other ids: all of them
// are to be published at once, as after a moment without a bus.
func (town *town) publishAgain(t *testing.T, store string, count int) {
	t.Helper()
	kind, source := "sqlite3", ""
	for _, setting := range town.settings {
		if dir, ok := strings.CutPrefix(setting, "MOA_DATA_DIR="); ok && !town.postgres {
			source = "file:" + (&url.URL{Path: filepath.Join(dir, "moa.db")}).EscapedPath() + "?_busy_timeout=5000"
		}
		if address, ok := strings.CutPrefix(setting, "MOA_DATABASE_URL="); ok {
			kind, source = "pgx", address
		}
	}
	rows, err := sql.Open(kind, source)
	require.NoError(t, err)
	defer rows.Close()
	done, err := rows.ExecContext(t.Context(), `INSERT INTO events (id, created_at, topic, key, subject, payload)
		SELECT 'evt_' || $1 || substr(id, 5 + length($1)), created_at, topic, key, subject, payload
		FROM events WHERE topic = 'coupon.published' AND key = $2 AND id LIKE 'evt_0%' ORDER BY id DESC LIMIT $3`,
		strings.ToUpper(rand.Text()[:6]), store, count)
	require.NoError(t, err)
	n, err := done.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, count, n)
}

// socketsFloor is the floor as a process of its own.
type socketsFloor struct {
	*process
	address string
}

func startSockets(t *testing.T) *socketsFloor {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := command(t, []string{asSockets + "=1"}, self, "-test.run=^TestSocketsFloor$")
	return &socketsFloor{process: p, address: p.start(t, regexp.MustCompile(`sockets (\S+)`))[1]}
}

// byHand joins the floor.
func byHand(address string, _ int) (conn net.Conn, err error) {
	conn, err = net.Dial("tcp", address)
	if err == nil {
		err = upgrade(conn)
	}
	for range 2 {
		if err == nil {
			err = converse(conn, "hello", `"connection_ack"}`)
		}
	}
	return conn, err
}

// tell asks the floor to send events.
func (f *socketsFloor) tell(t *testing.T, first, count int, before, after string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	values := url.Values{"first": {strconv.Itoa(first)}, "count": {strconv.Itoa(count)}, "before": {before}, "after": {after}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.address+"/tell?"+values.Encode(), nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

// tellState is what the town's costs where nothing is done but writing.
func (f *socketsFloor) tellState(t *testing.T, size fanout) run {
	t.Helper()
	hall := newHall(size.people, 0, size.changes)
	crowd := gather(t, size.people, []string{f.address}, byHand, `"remaining":`, hall.hear)
	defer f.dismiss(t, crowd)
	say := func(n int) {
		f.tell(t, n, 1, `{"id":"1","type":"next","payload":{"data":{"couponStock":{"remaining":`, `}}}}`)
	}
	say(0)
	hall.wait(t, 0)
	before := cpu(f.pid())
	for n := 1; n <= size.changes; n++ {
		hall.tell(n)
		say(n)
		require.True(t, await(t.Context(), hall.started.Add(time.Duration(n)*changesEvery)))
	}
	hall.wait(t, size.changes)
	return run{latency: Summarize(hall.times()), spent: spent{moa: cpu(f.pid()) - before}}
}

func (f *socketsFloor) tellLog(t *testing.T, size fanout) run {
	t.Helper()
	ears := newEars(size.people)
	ears.expect(size.events)
	crowd := gather(t, size.people, []string{f.address}, byHand, `"title":"`, ears.hear)
	defer f.dismiss(t, crowd)
	before := cpu(f.pid())
	f.tell(t, 0, size.events,
		`{"id":"1","type":"next","payload":{"data":{"couponPublished":{"cursor":"bm90IGEgcmVhbCBvbmU","news":"PUBLISHED","coupon":{"id":"cpn_01KAJ5W1Y3W1S0M0X0Z0Y0Q0V0","title":"`, `"}}}}}`)
	took := ears.wait(t)
	told := run{rate: float64(size.people*size.events) / took.Seconds(), spent: spent{moa: cpu(f.pid()) - before}}
	ears.requireEqual(t)
	return told
}

// dismiss sends everybody home, so that the floor's next crowd is alone.
func (f *socketsFloor) dismiss(t *testing.T, c *hearers) {
	t.Helper()
	c.leave(t)
	f.tell(t, 0, 0, "", "")
}
