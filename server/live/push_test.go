package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/server/live"
	"github.com/moa-bff/moa/server/push"
)

// pushed is a client that takes answers at once, except those that it refuses and therefore gets from the
// response handler.
type pushed struct {
	mu     sync.Mutex
	heard  []string
	direct int  // how many of them were pushed
	pulled bool // an answer of the response handler is not dealt with
	broken bool // something was pushed meanwhile
	stir   chan struct{}
	ended  chan struct{}
}

// listen subscribes by intercept; refuse says which answers are not taken at once.
func listen(t *testing.T, op *graphql.OperationContext, hub *live.Hub, start graphql.OperationHandler, refuse func() bool) *pushed {
	t.Helper()
	p := &pushed{stir: make(chan struct{}, 1), ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(viewer.With(t.Context(), viewer.Viewer{ID: "usr_1"}))
	t.Cleanup(func() { cancel(); <-p.ended })
	ctx = push.With(graphql.WithOperationContext(ctx, op), func(answer *graphql.Response) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if refuse() {
			return false
		}
		p.broken = p.broken || p.pulled
		p.direct++
		p.hear(answer)
		return true
	})
	next := hub.Intercept(ctx, start)
	go func() {
		defer close(p.ended)
		for answer := next(ctx); answer != nil; answer = next(ctx) {
			p.pull(answer)
		}
	}()
	return p
}

// pull deals with an answer in two steps, between which nothing may be pushed.
func (p *pushed) pull(answer *graphql.Response) {
	p.mu.Lock()
	p.pulled = true
	p.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled = false
	p.hear(answer)
}

// hear needs the lock.
func (p *pushed) hear(answer *graphql.Response) {
	p.heard = append(p.heard, string(answer.Data))
	select {
	case p.stir <- struct{}{}:
	default:
	}
}

// wait waits until done says so of what was heard.
func (p *pushed) wait(t *testing.T, done func(heard []string) bool) []string {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		heard := p.heard
		p.mu.Unlock()
		if done(heard) {
			return heard
		}
		select {
		case <-p.stir:
		case <-late:
			require.FailNow(t, "not heard", "%d answers: %v", len(heard), heard)
		}
	}
}

func never() bool { return false }

// sometimes is called with the lock of its client.
func sometimes(seed uint64) func() bool {
	random := rand.New(rand.NewPCG(seed, 1))
	return func() bool { return random.IntN(3) == 0 }
}

func stateOf() *graphql.OperationContext {
	field := &ast.Field{Name: "stock", Definition: &ast.FieldDefinition{Name: "stock"}}
	return &graphql.OperationContext{RawQuery: "{ stock }", Operation: &ast.OperationDefinition{
		Operation: ast.Subscription, SelectionSet: ast.SelectionSet{field},
	}}
}

func TestStatesAreHandedToACrowdAtOnce(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	var crowd []*pushed
	for i := range 1000 {
		refuse := never
		if i%2 == 1 {
			refuse = sometimes(uint64(i))
		}
		crowd = append(crowd, listen(t, stateOf(), hub, s.start, refuse))
	}
	const last = 50
	for n := range last + 1 {
		s.events <- n
	}
	want := fmt.Sprintf(`{"n":%d,"who":""}`, last)
	for i, p := range crowd {
		heard := p.wait(t, func(heard []string) bool { return len(heard) > 0 && heard[len(heard)-1] == want })
		previous := -1
		for _, text := range heard {
			var answer struct{ N int }
			require.NoError(t, json.Unmarshal([]byte(text), &answer))
			require.Greater(t, answer.N, previous, "client %d: never an older one after a newer one", i)
			previous = answer.N
		}
		require.False(t, p.broken, "client %d", i)
		if i%2 == 0 {
			require.Equal(t, last+1, p.direct, "client %d, which is never busy", i)
		}
	}
}

// A state that turns personal has been given to others by push up to then, and nothing of it reaches them
// afterwards.
func TestPushedStatesEndWithTheSharing(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: 3}
	first := listen(t, stateOf(), hub, s.start, never)
	second := listen(t, stateOf(), hub, s.start, never)
	for n := range 3 {
		s.events <- n
	}
	for _, p := range []*pushed{first, second} {
		p.wait(t, func(heard []string) bool { return len(heard) == 3 })
	}
	s.events <- 3 // of the first's execution
	first.wait(t, func(heard []string) bool { return heard[len(heard)-1] == `{"n":3,"who":"usr_1"}` })
	require.EqualValues(t, 4, s.computed.Load())
	require.Len(t, second.wait(t, func([]string) bool { return true }), 3)
}

func TestLogsAreHandedToACrowdAtOnce(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	op := &graphql.OperationContext{
		RawQuery: `subscription($after: Cursor) { news(after: $after) { n } }`, Variables: map[string]any{},
		Operation: &ast.OperationDefinition{Operation: ast.Subscription, SelectionSet: ast.SelectionSet{newsField("after")}},
	}
	var crowd []*pushed
	for i := range 600 {
		refuse := never
		if i%2 == 1 {
			refuse = sometimes(uint64(i))
		}
		crowd = append(crowd, listen(t, op, hub, f.start(""), refuse))
	}
	const events = 300
	f.publish(t, 0, false) // comes alone, and the others together
	for _, p := range crowd {
		p.wait(t, func(heard []string) bool { return len(heard) == 1 })
	}
	require.Equal(t, 1, crowd[0].direct)
	for n := 1; n < events; n++ {
		f.publish(t, n, false)
	}
	for i, p := range crowd {
		for n, text := range p.wait(t, func(heard []string) bool { return len(heard) == events }) {
			var got told
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			require.Equal(t, n, got.N, "client %d: each once and in order", i)
		}
		require.False(t, p.broken, "client %d", i)
	}
	require.EqualValues(t, events, f.computed.Load())
}
