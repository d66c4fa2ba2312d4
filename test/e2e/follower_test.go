package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// followDocument is the log of the viewer's claims.
const followDocument = `subscription($after: Cursor) { couponClaimed(after: $after) { cursor reset claim { id } } }`

// heard is one event of a log.
type heard struct{ cursor, claim string }

// follower is a client that keeps a list of its user's claims up to date by the log, as a client should:
// cut off, it comes back with its cursor, over the other transport and through the front to whichever
// replica; told `reset`, it fetches the list anew.
type follower struct {
	c     client
	over  int // the transport of the first stream
	ended chan struct{}

	mu     sync.Mutex
	cursor string
	mine   map[string]bool // the claims that it knows of
	since  map[string]bool // the claims heard since the last reset
	events []heard
	resets int
	cuts   int
	wrong  []string
}

// follow starts to follow until ctx ends.
func follow(ctx context.Context, c client, over int) *follower {
	f := &follower{c: c, over: over, ended: make(chan struct{}), mine: map[string]bool{}, since: map[string]bool{}}
	go func() {
		defer close(f.ended)
		f.run(ctx)
	}()
	return f
}

func (f *follower) run(ctx context.Context) {
	listen := []func(client, string, map[string]any) (*stream, error){listenSocket, listenSSE}
	for n := f.over; ctx.Err() == nil; n++ {
		variables := map[string]any{}
		if f.cursor != "" {
			variables["after"] = f.cursor
		}
		s, err := listen[n%len(listen)](f.c, followDocument, variables)
		if err == nil {
			f.read(ctx, s)
			s.close()
		}
		f.mu.Lock()
		f.cuts++
		f.mu.Unlock()
		breathe(ctx)
	}
}

// breathe is the pause of a client before it tries again.
func breathe(ctx context.Context) {
	timer := time.NewTimer(50 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// read takes what a stream brings, to its end.
func (f *follower) read(ctx context.Context, s *stream) {
	var last answer
	for {
		select {
		case last = <-s.events:
			f.take(ctx, last)
		case <-ctx.Done():
			return
		case <-s.ended:
			for len(s.events) > 0 { // came before the end
				last = <-s.events
				f.take(ctx, last)
			}
			f.judge(s.how, last)
			return
		}
	}
}

// judge remembers an end that no client should see: one without a reason, after which it would not come
// back, and one with a reason that is none of its business.
func (f *follower) judge(how string, last answer) {
	if how == errComplete.Error() && len(last.Errors) == 0 || strings.Contains(how, "INTERNAL") {
		f.complain("a stream has ended: %s, after %s", how, last)
	}
}

func (f *follower) complain(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func (f *follower) take(ctx context.Context, a answer) {
	if len(a.Errors) > 0 {
		if code := a.code(); code != unavailable {
			f.complain("an event says %s", a)
		}
		return
	}
	cursor, err := a.at("couponClaimed.cursor")
	if err != nil {
		f.complain("%v", err)
		return
	}
	reset, _ := a.at("couponClaimed.reset") // false is as good as none
	claim, _ := a.at("couponClaimed.claim.id")
	f.mu.Lock()
	fresh := f.cursor == ""
	f.cursor = cursor
	if reset == "true" {
		f.resets++
		clear(f.since)
	} else {
		if f.since[claim] {
			f.wrong = append(f.wrong, "the claim "+claim+" came twice")
		}
		f.since[claim], f.mine[claim] = true, true
		f.events = append(f.events, heard{cursor, claim})
	}
	f.mu.Unlock()
	if fresh || reset == "true" {
		f.fetch(ctx)
	}
}

// fetch reads the whole list, until it is answered.
func (f *follower) fetch(ctx context.Context) {
	var after any
	for ctx.Err() == nil {
		a, err := f.c.ask(`query($after: Cursor) { viewer { claims(first: 100, after: $after) {
			edges { node { id } } pageInfo { hasNextPage endCursor }
		} } }`, map[string]any{"after": after})
		count, countErr := a.at("viewer.claims.edges.count")
		if err != nil || countErr != nil {
			breathe(ctx)
			continue
		}
		f.mu.Lock()
		for i := range number(count) {
			id, _ := a.at(fmt.Sprintf("viewer.claims.edges.%d.node.id", i)) // counted
			f.mine[id] = true
		}
		f.mu.Unlock()
		if more, _ := a.at("viewer.claims.pageInfo.hasNextPage"); more != "true" {
			return
		}
		after, _ = a.at("viewer.claims.pageInfo.endCursor")
	}
}

// knows returns nil when the list of the follower is the given one.
func (f *follower) knows(claims []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range claims {
		if !f.mine[id] {
			return fmt.Errorf("a follower has heard of %d claims of %d, and not of %s; cut off %d times, told reset %d times",
				len(f.mine), len(claims), id, f.cuts, f.resets)
		}
	}
	if len(f.mine) != len(claims) {
		return fmt.Errorf("a follower has heard of %d claims, and there are %d", len(f.mine), len(claims))
	}
	return nil
}

// begun returns nil once the follower has a cursor.
func (f *follower) begun() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cursor == "" {
		return errors.New("a follower has heard nothing yet")
	}
	return nil
}

// told returns how often the follower was told reset.
func (f *follower) told() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.resets
}

// requireSameOrder fails unless two followers of one log were told what both were told in one order.
func requireSameOrder(t *testing.T, a, b *follower) {
	t.Helper()
	both := func(one, other *follower) []heard {
		has := map[heard]bool{}
		for _, e := range other.events {
			has[e] = true
		}
		return slices.DeleteFunc(slices.Clone(one.events), func(e heard) bool { return !has[e] })
	}
	require.Equal(t, both(a, b), both(b, a), "a log has one order")
}
