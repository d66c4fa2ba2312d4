package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// The promises to clients while something is broken.
const (
	// answerBound is how long any request may wait for an answer, or for the end of its connection.
	answerBound = 12 * time.Second
	// recoveryBound is how long after the end of an outage every replica works again.
	recoveryBound = 15 * time.Second
)

// lap is what one phase did.
type lap struct {
	name      string
	times     int
	took      time.Duration
	claims    int
	troubles  map[string]int
	slowest   time.Duration
	recovered time.Duration // the longest
	events    int
	resets    int
	cuts      int
}

// phase lets something happen n times in the middle of the raid. After each time every replica must be
// ready again and claims go on, soon; the rules must hold, and everybody must be answered in time.
func (g *ground) phase(name string, n int, strike func(i int)) lap {
	g.t.Helper()
	begun, before := time.Now(), g.raid.lap()
	events, resets, cuts := g.followers()
	l := lap{name: name, times: n}
	for i := range n {
		strike(i)
		over := time.Now()
		for _, s := range g.servers {
			require.NoError(g.t, poll(recoveryBound, func() error { return s.isReady("ok") }), name)
		}
		require.NoError(g.t, g.raid.proceed(1), name)
		l.recovered = max(l.recovered, time.Since(over))
		require.NoError(g.t, poll(recoveryBound, func() error { return obeyed(g.rows) }), name)
	}
	after := g.raid.lap()
	l.took, l.claims, l.slowest = time.Since(begun), after.claims-before.claims, after.slowest
	l.troubles = map[string]int{}
	for code, n := range after.troubles {
		l.troubles[code] = n - before.troubles[code]
	}
	moreEvents, moreResets, moreCuts := g.followers()
	l.events, l.resets, l.cuts = moreEvents-events, moreResets-resets, moreCuts-cuts
	g.t.Logf("%s: %+v", g.name, l)
	require.LessOrEqual(g.t, l.slowest, answerBound, name)
	g.laps = append(g.laps, l)
	return l
}

// printing keeps the tables of tests that run side by side apart.
var printing sync.Mutex

// print prints what happened, in a full run.
func (g *ground) print() {
	g.t.Helper()
	events, resets, cuts := g.followers()
	var b strings.Builder
	fmt.Fprintf(&b, "### Under fire: %s\n\n", g.name)
	b.WriteString("| what | times | s | claims promised | no answer | UNAVAILABLE | slowest answer ms | all replicas back within s | log events heard | streams cut | resets |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, l := range g.laps {
		fmt.Fprintf(&b, "| %s | %d | %.0f | %d | %d | %d | %d | %.1f | %d | %d | %d |\n", l.name, l.times, l.took.Seconds(), l.claims,
			l.troubles[noAnswer], l.troubles[unavailable], l.slowest.Milliseconds(), l.recovered.Seconds(), l.events, l.cuts, l.resets)
	}
	total := g.raid.lap()
	fmt.Fprintf(&b, "| **in all**: %d coupons, %d rows, each with its event; stock followed live on %d coupons, %d values | | | %d | %d | %d | | | %d | %d | %d |\n",
		len(g.raid.coupons), total.claims, g.stocks.followed, g.stocks.told, total.claims, total.troubles[noAnswer], total.troubles[unavailable], events, cuts, resets)
	if !*full {
		g.t.Log("\n" + b.String())
		return
	}
	printing.Lock()
	defer printing.Unlock()
	fmt.Println("\n" + b.String())
}
