package live_test

import (
	"context"
	"encoding/json"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/server/live"
)

const topic = "news"

// news is a live field that follows a log on a bus, as those of the subjects do. It counts how often it
// was begun and how many events it has answered.
type news struct {
	bus      *bus.Memory
	begun    atomic.Int32
	computed atomic.Int32
	reader   atomic.Pointer[bus.Reader] // of the latest
	lost     bool                       // it does not tell the places of its events
}

// told is one event as a client gets it.
type told struct {
	Cursor string
	N      int
	Who    string
	Reset  bool
}

func newNews(t *testing.T, options bus.Options) *news {
	t.Helper()
	f := &news{bus: bus.NewMemory(options)}
	t.Cleanup(f.bus.Close)
	return f
}

// publish appends the event n; a personal one asks who is asking when it is answered.
func (f *news) publish(t *testing.T, n int, personal bool) {
	t.Helper()
	key := "public"
	if personal {
		key = "personal"
	}
	require.NoError(t, f.bus.Append(t.Context(), topic, bus.Message{Key: key, Payload: strconv.AppendInt(nil, int64(n), 10)}))
}

// start is what the executor would do: one buffer for all events, as gqlgen has.
func (f *news) start(after string) graphql.OperationHandler {
	return func(ctx context.Context) graphql.ResponseHandler {
		f.begun.Add(1)
		reader, err := f.bus.Follow(ctx, topic, after)
		if err != nil {
			return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{gqlerror.Wrap(err)}})
		}
		f.reader.Store(reader)
		entries := make(chan bus.Entry)
		go f.forward(ctx, reader, entries)
		var buffer []byte
		ended := false
		return func(context.Context) *graphql.Response {
			select {
			case e, more := <-entries:
				if more {
					f.computed.Add(1)
					buffer = append(buffer[:0], answer(ctx, e)...)
					return &graphql.Response{Data: buffer}
				}
			case <-ctx.Done():
				return nil
			}
			if reader.Err() == nil || ended {
				return nil
			}
			ended = true
			return &graphql.Response{Errors: gqlerror.List{gqlerror.Wrap(reader.Err())}}
		}
	}
}

func (f *news) forward(ctx context.Context, reader *bus.Reader, entries chan<- bus.Entry) {
	defer close(entries)
	for e := range reader.C() {
		if !f.lost {
			bus.Pass(ctx, bus.Place{Cursor: e.Cursor, Reset: e.Reset})
		}
		select {
		case entries <- e:
		case <-ctx.Done():
			return
		}
	}
}

func answer(ctx context.Context, e bus.Entry) []byte {
	event := told{Cursor: e.Cursor, Reset: e.Reset}
	event.N, _ = strconv.Atoi(string(e.Payload))
	if e.Key == "personal" {
		event.Who = viewer.From(ctx).ID
	}
	text, _ := json.Marshal(event)
	return text
}

// follower is one client of the field.
type follower struct {
	t     testing.TB
	next  graphql.ResponseHandler
	leave context.CancelFunc
	ctx   context.Context
}

// follow subscribes as a user, after a cursor or from now on.
func (f *news) follow(t testing.TB, hub *live.Hub, user, after string) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(viewer.With(t.Context(), viewer.Viewer{ID: user}))
	t.Cleanup(cancel)
	variables := map[string]any{}
	if after != "" {
		variables["after"] = after
	}
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery: `subscription($after: Cursor) { news(after: $after) { n } }`, Variables: variables,
		Operation: &ast.OperationDefinition{Operation: ast.Subscription, SelectionSet: ast.SelectionSet{newsField("after")}},
	})
	return &follower{t: t, next: hub.Intercept(ctx, f.start(after)), leave: cancel, ctx: ctx}
}

// newsField is the field with its cursor in a variable.
func newsField(variable string) *ast.Field {
	return &ast.Field{
		Name:       "news",
		Definition: &ast.FieldDefinition{Name: "news", Arguments: ast.ArgumentDefinitionList{{Name: "after"}}},
		Arguments:  ast.ArgumentList{{Name: "after", Value: &ast.Value{Kind: ast.Variable, Raw: variable}}},
	}
}

// answer waits for the next answer; nil at the end.
func (c *follower) answer() *graphql.Response {
	c.t.Helper()
	got := make(chan *graphql.Response, 1)
	go func() { got <- c.next(c.ctx) }()
	select {
	case a := <-got:
		return a
	case <-time.After(20 * time.Second):
		require.FailNow(c.t, "nothing comes")
		return nil
	}
}

func (c *follower) take() (event told) {
	c.t.Helper()
	a := c.answer()
	require.NotNil(c.t, a, "the end")
	require.Empty(c.t, a.Errors)
	require.NoError(c.t, json.Unmarshal(a.Data, &event))
	return event
}
