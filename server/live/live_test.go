package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/server/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is a live field that answers what the test sends, and counts how often it was begun and computed.
type source struct {
	events   chan int
	begun    atomic.Int32
	computed atomic.Int32
	// panics makes the field panic at this event.
	panics int
	// personal makes the field ask who is asking from this event on; −1 for never.
	personal int
}

// start is what the executor would do: one buffer for all events, as gqlgen has.
func (s *source) start(ctx context.Context) graphql.ResponseHandler {
	s.begun.Add(1)
	buffer := make([]byte, 0, 100)
	return func(context.Context) *graphql.Response {
		select {
		case n, more := <-s.events:
			if !more {
				return nil
			}
			s.computed.Add(1)
			if n > 0 && n == s.panics {
				panic("broken")
			}
			who := ""
			if s.personal >= 0 && n >= s.personal {
				who = viewer.From(ctx).ID
			}
			buffer = fmt.Appendf(buffer[:0], `{"n":%d,"who":%q}`, n, who)
			return &graphql.Response{Data: buffer}
		case <-ctx.Done():
			return nil
		}
	}
}

func newHub(t *testing.T) *live.Hub {
	t.Helper()
	hub, err := live.NewHub(func(context.Context, any) *graphql.Response {
		return &graphql.Response{Data: json.RawMessage(`"broken"`)}
	})
	require.NoError(t, err)
	return hub
}

// subscribe asks for a document as a user; leave ends it.
func subscribe(t *testing.T, hub *live.Hub, s *source, document, user string) (next func() string, leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(viewer.With(t.Context(), viewer.Viewer{ID: user}))
	t.Cleanup(cancel)
	field := &ast.Field{Name: "stock", Definition: &ast.FieldDefinition{Name: "stock"}}
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery:  document,
		Operation: &ast.OperationDefinition{Operation: ast.Subscription, SelectionSet: ast.SelectionSet{field}},
	})
	handler := hub.Intercept(ctx, s.start)
	return func() string {
		bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		answer := handler(bounded)
		if answer == nil {
			return "end"
		}
		return string(answer.Data)
	}, cancel
}

func TestEqualSubscriptionsShareOneExecution(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	var clients []func() string
	for i := range 100 {
		next, _ := subscribe(t, hub, s, "{ stock }", "usr_"+strconv.Itoa(i))
		clients = append(clients, next)
	}
	for n := range 5 {
		s.events <- n
		for _, next := range clients {
			require.Equal(t, fmt.Sprintf(`{"n":%d,"who":""}`, n), next())
		}
	}
	require.EqualValues(t, 1, s.begun.Load())
	require.EqualValues(t, 5, s.computed.Load())
}

func TestWhatDidNotChangeIsNotSaidAgain(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	next, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
	s.events <- 1
	require.Equal(t, `{"n":1,"who":""}`, next())
	s.events <- 1
	s.events <- 1 // taken once the one before has been dealt with
	got := make(chan string, 1)
	go func() { got <- next() }()
	select {
	case again := <-got:
		require.Failf(t, "said again", "%s", again)
	case s.events <- 2:
	}
	require.Equal(t, `{"n":2,"who":""}`, <-got)
}

func TestNewcomersGetTheLatestAtOnce(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	first, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
	s.events <- 7
	require.Equal(t, `{"n":7,"who":""}`, first())
	second, _ := subscribe(t, hub, s, "{ stock }", "usr_2")
	require.Equal(t, `{"n":7,"who":""}`, second())
	require.EqualValues(t, 1, s.computed.Load())
}

func TestSlowClientsSkipAndHoldUpNobody(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	fast, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
	slow, _ := subscribe(t, hub, s, "{ stock }", "usr_2")
	for n := range 50 {
		s.events <- n
		require.Equal(t, fmt.Sprintf(`{"n":%d,"who":""}`, n), fast())
	}
	require.Equal(t, `{"n":49,"who":""}`, slow())
}

func TestDifferentDocumentsAreApart(t *testing.T) {
	hub := newHub(t)
	a, b := &source{events: make(chan int), personal: -1}, &source{events: make(chan int), personal: -1}
	nextA, _ := subscribe(t, hub, a, "{ stock }", "usr_1")
	nextB, _ := subscribe(t, hub, b, "{ stock { n } }", "usr_1")
	a.events <- 1
	b.events <- 2
	require.Equal(t, `{"n":1,"who":""}`, nextA())
	require.Equal(t, `{"n":2,"who":""}`, nextB())
}

// TestWhoAsksIsNeverShared is the promise: whatever an execution was declared to be, once it has asked
// who is asking, its answers reach nobody else.
func TestWhoAsksIsNeverShared(t *testing.T) {
	for _, from := range []int{0, 2} {
		t.Run(fmt.Sprintf("from event %d", from), func(t *testing.T) {
			hub, s := newHub(t), &source{events: make(chan int), personal: from}
			done := make(chan struct{})
			fed := make(chan struct{})
			go func() {
				defer close(fed)
				for n := 0; ; n++ {
					select {
					case s.events <- n:
					case <-done:
						return
					}
				}
			}()
			defer func() { close(done); <-fed }()
			one, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
			two, _ := subscribe(t, hub, s, "{ stock }", "usr_2")
			seen := map[string]string{}
			for len(seen) < 2 {
				for user, next := range map[string]func() string{"usr_1": one, "usr_2": two} {
					var answer struct{ Who string }
					require.NoError(t, json.Unmarshal([]byte(next()), &answer))
					if answer.Who != "" {
						require.Equal(t, user, answer.Who, "an answer for somebody else")
						seen[user] = answer.Who
					}
				}
			}
			require.EqualValues(t, 2, s.begun.Load())
			require.Zero(t, hub.Len())

			// The kind is remembered: the next one begins alone.
			three, _ := subscribe(t, hub, s, "{ stock }", "usr_3")
			require.Contains(t, three(), "usr_3")
			require.Zero(t, hub.Len())
		})
	}
}

func TestTheLastOneEndsTheExecution(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	first, leaveFirst := subscribe(t, hub, s, "{ stock }", "usr_1")
	second, leaveSecond := subscribe(t, hub, s, "{ stock }", "usr_2")
	s.events <- 1
	first()
	second()
	leaveFirst()
	s.events <- 2
	require.Equal(t, `{"n":2,"who":""}`, second(), "whoever came first may leave")
	leaveSecond()
	require.Eventually(t, func() bool { return hub.Len() == 0 }, 10*time.Second, time.Millisecond)
}

func TestTheEndReachesEverybody(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1}
	first, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
	second, _ := subscribe(t, hub, s, "{ stock }", "usr_2")
	close(s.events)
	require.Equal(t, "end", first())
	require.Equal(t, "end", second())
}

func TestPanicsEndTheStreamWithAnAnswer(t *testing.T) {
	hub, s := newHub(t), &source{events: make(chan int), personal: -1, panics: 2}
	first, _ := subscribe(t, hub, s, "{ stock }", "usr_1")
	s.events <- 1
	require.Equal(t, `{"n":1,"who":""}`, first())
	s.events <- 2
	require.Equal(t, `"broken"`, first())
	require.Equal(t, "end", first())
}
