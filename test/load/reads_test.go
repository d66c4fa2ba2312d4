//go:build linux

package load

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readers is how many connections read side by side.
const readers = 64

// work is a read that is measured.
type work struct {
	name   string
	path   string   // where the floor answers it
	bodies [][]byte // the requests as JSON, which take turns
	cached bool     // asked by guests, and answered from the response cache; otherwise by the signed in
	want   wanted
}

// wanted are the targets of a work; zero for none.
type wanted struct {
	all    time.Duration // the most CPU for an answer
	server time.Duration // of it the server's own
	plain  float64       // the most CPU as a share of the plain server's
	rate   float64       // the fewest answers a second
}

const couponQuery = `query($id: ID!) { coupon(id: $id) { id title remaining store { id name owner { id name } } } }`

const nestedQuery = `{ stores(first: 20) { edges { node { id name owner { id name } coupons(first: 5) { edges { node {
	id title remaining store { id name owner { id name } } } } } } } } }`

// works returns what is measured.
func works(t *testing.T, coupons []string) []work {
	t.Helper()
	var some [][]byte
	for _, id := range coupons {
		some = append(some, body(t, couponQuery, map[string]any{"id": id}))
	}
	return []work{
		{name: "`{ __typename }`", path: "/constant", bodies: [][]byte{body(t, `{ __typename }`, nil)}, want: wanted{all: 35 * time.Microsecond}},
		{name: "a coupon with store and owner", path: "/coupon", bodies: some, want: wanted{all: 280 * time.Microsecond}},
		{name: "nested", path: "/nested", bodies: [][]byte{body(t, nestedQuery, nil)}, want: wanted{all: 1600 * time.Microsecond, server: 1200 * time.Microsecond, plain: 1.0 / 6}},
		{name: "a coupon from the response cache", path: "/constant", bodies: some[:1], cached: true, want: wanted{rate: 20_000}},
	}
}

// Reads are answered as fast as promised, beside a floor that does nothing but the work, and beside Moa
// with plain gqlgen. All of them give the same answers.
func TestReads(t *testing.T) {
	table := &Table{Title: fmt.Sprintf("Reads over %d connections", readers), Head: []string{
		"on", "work", "server", "answers/s", "p50 ms", "p99", "CPU ms an answer: server + PostgreSQL + Redis", "in all", "÷ floor", "÷ plain",
	}}
	for _, g := range []ground{{"SQLite", 0}, {"PostgreSQL + Redis", 1}} {
		t.Run(strings.Fields(g.name)[0], func(t *testing.T) {
			town := found(t, g)
			tokens := town.seed(t, citizens)
			coupons := town.settle(t)
			rivals := town.rivals(t)
			if !*figures {
				coupons = coupons[:50]
			}
			for _, w := range works(t, coupons) {
				t.Run(w.name, func(t *testing.T) { w.compare(t, town, g, rivals, tokens, table) })
			}
		})
	}
	printTable(t, table)
}

// compare measures a work on each server that it is for, by turns.
func (w work) compare(t *testing.T, town *town, g ground, rivals []*rival, tokens []string, table *Table) {
	t.Helper()
	rivals = slices.DeleteFunc(slices.Clone(rivals), func(r *rival) bool {
		return r.graphql && w.cached != (r.name == cachedName)
	})
	answers := make([][]byte, len(w.bodies))
	exchanges := make([][]Exchange, len(rivals))
	for i, r := range rivals {
		exchanges[i] = w.prepare(t, r, tokens, answers)
	}
	misses := rivals[0].counted(t, "moa_cache_misses_total")
	runs := make([][]run, len(rivals))
	for range repeats() {
		for i, r := range rivals {
			runs[i] = append(runs[i], town.flood(t, r, exchanges[i]))
		}
	}
	require.Equal(t, w.cached, rivals[0].counted(t, "moa_cache_hits_total") > 0, "answered from the cache")
	require.Equal(t, misses, rivals[0].counted(t, "moa_cache_misses_total"), "answers that were not in the cache")
	of := map[string]run{}
	for i, r := range rivals {
		of[r.name] = medians(runs[i])
	}
	for _, r := range rivals {
		m := of[r.name]
		table.Add(g.name, w.name, r.name, fmt.Sprintf("%.0f", m.rate), Milliseconds(m.latency.P50), Milliseconds(m.latency.P99),
			m.spent.String(), Milliseconds(m.spent.all()), ratio(m, of[floorName]), ratio(m, of[plainName]))
	}
	if *figures {
		w.want.hold(t, of[rivals[0].name], of[plainName])
	}
}

// prepare returns the exchanges with a server, which gives each answer once here. The first server's
// answers are kept, and the others must give the same.
func (w work) prepare(t *testing.T, r *rival, tokens []string, answers [][]byte) []Exchange {
	t.Helper()
	path := w.path
	if r.graphql {
		path = "/graphql"
	}
	if w.cached || !r.graphql {
		tokens = []string{""}
	}
	wires := r.dial(t, 1)
	if path == "/constant" {
		r.remember(t, answers[0])
	}
	for i, body := range w.bodies {
		answer, err := wires.Ask(Post(r.address, path, tokens[i%len(tokens)], body))
		require.NoError(t, err, r.name)
		if answers[i] == nil {
			require.Contains(t, string(answer), `{"data":{`)
			require.NotContains(t, string(answer), "null", "something is missing")
			answers[i] = answer
		}
		require.Equal(t, string(answers[i]), string(answer), r.name)
	}
	require.NoError(t, wires.Close())
	// As many as it takes for each viewer and for each body to have a turn.
	exchanges := make([]Exchange, max(len(tokens), len(w.bodies)))
	for i := range exchanges {
		n := i % len(w.bodies)
		exchanges[i] = Exchange{Request: Post(r.address, path, tokens[i%len(tokens)], w.bodies[n]), Answer: answers[n]}
	}
	return exchanges
}

// flood asks a server over many connections for a while.
func (town *town) flood(t *testing.T, r *rival, exchanges []Exchange) run {
	t.Helper()
	wires := r.dial(t, readers)
	length := 100 * time.Millisecond
	if *figures {
		_, _, err := wires.Flood(exchanges, time.Second) // so that caches, pools and the heap are as they will be
		require.NoError(t, err, r.name)
		length = 4 * time.Second
	}
	before := town.spentBy(t, r.process)
	times, took, err := wires.Flood(exchanges, length)
	require.NoError(t, err, r.name)
	used := town.spentBy(t, r.process).since(before)
	require.NoError(t, wires.Close())
	return run{Summarize(times), float64(len(times)) / took.Seconds(), used.each(len(times))}
}

// hold fails when a target is missed.
func (w wanted) hold(t *testing.T, moa, plain run) {
	t.Helper()
	if w.all > 0 {
		require.LessOrEqual(t, moa.spent.all(), w.all, "CPU of an answer")
	}
	if w.server > 0 {
		require.LessOrEqual(t, moa.spent.moa, w.server, "CPU of the server for an answer")
	}
	if w.plain > 0 && plain.spent.all() > 0 {
		require.LessOrEqual(t, float64(moa.spent.moa), w.plain*float64(plain.spent.moa), "CPU of the server, beside the plain one")
	}
	require.GreaterOrEqual(t, moa.rate, w.rate, "answers a second")
}

// ratio returns how many times the CPU of another server this one takes.
func ratio(m, other run) string {
	if other.spent.all() == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(m.spent.all())/float64(other.spent.all()))
}
