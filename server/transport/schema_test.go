package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/server/transport"
)

const sdl = `
	type Query {
		hello: String!
		echo(text: String!): String!
		add(a: Int!, b: Int!): Int!
		pretty: String
		broken: String
		explode: String
		wait: String
		node: Node
	}
	type Node { id: ID! child: Node }
	type Mutation { bump: Int! }
	type Subscription { ticks: Int! count(to: Int!): Int! explode: Int! refused: Int! }
`

// api is a GraphQL server for tests, without generated code: root fields are answered by hand,
// everything around them (parsing, validation, middleware) is gqlgen's.
type api struct {
	*httptest.Server

	ticks    chan int      // each value sent is one event of every `ticks` subscriber in turn
	started  chan struct{} // receives once for each `ticks` or `wait` that began
	ended    chan struct{} // receives once for each `ticks` or `wait` that saw its context end
	bumps    int
	bumpsMu  sync.Mutex
	gauge    map[string]int
	gaugeMu  sync.Mutex
	delivers int
}

// newAPI starts a server with the transports that configure adds, HTTP always last.
func newAPI(t testing.TB, configure func(a *api, h *handler.Server)) *api {
	t.Helper()
	a := &api{
		ticks:   make(chan int),
		started: make(chan struct{}, 10_000),
		ended:   make(chan struct{}, 10_000),
		gauge:   map[string]int{},
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	h := handler.New(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc:   a.exec,
	})
	h.SetParserTokenLimit(2000)
	h.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		e := graphql.DefaultErrorPresenter(ctx, err)
		if e.Extensions == nil {
			e.Extensions = map[string]any{}
		}
		e.Extensions["requestId"] = "req_1"
		return e
	})
	h.SetRecoverFunc(func(context.Context, any) error { return errors.New("recovered") })
	h.Use(extension.Introspection{})
	if configure != nil {
		configure(a, h)
	}
	h.AddTransport(transport.HTTP{})
	a.Server = httptest.NewServer(transport.HearOut(h, 0))
	t.Cleanup(a.Close)
	return a
}

func (a *api) observer() transport.Observer {
	return transport.Observer{
		Subscribers: func(field string, delta int) {
			a.gaugeMu.Lock()
			defer a.gaugeMu.Unlock()
			a.gauge[field] += delta
		},
		Delivered: func(string) func(int) {
			return func(events int) {
				a.gaugeMu.Lock()
				defer a.gaugeMu.Unlock()
				a.delivers += events
			}
		},
	}
}

func (a *api) subscribers(field string) int {
	a.gaugeMu.Lock()
	defer a.gaugeMu.Unlock()
	return a.gauge[field]
}

func (a *api) delivered() int {
	a.gaugeMu.Lock()
	defer a.gaugeMu.Unlock()
	return a.delivers
}

func (a *api) exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, nil)
	if op.Operation.Operation == ast.Subscription {
		return a.stream(ctx, op, fields[0])
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		var out bytes.Buffer
		out.WriteByte('{')
		for i, f := range fields {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(`"` + f.Alias + `":`)
			out.WriteString(a.resolve(ctx, op, f))
		}
		out.WriteByte('}')
		return &graphql.Response{Data: out.Bytes()}
	}
}

func (a *api) resolve(ctx context.Context, op *graphql.OperationContext, f graphql.CollectedField) string {
	args := f.ArgumentMap(op.Variables)
	switch f.Name {
	case "__typename":
		return quote(f.ObjectDefinition.Name)
	case "hello":
		return `"world"`
	case "echo":
		return quote(args["text"])
	case "add":
		x, errX := graphql.UnmarshalInt32(args["a"])
		y, errY := graphql.UnmarshalInt32(args["b"])
		if err := errors.Join(errX, errY); err != nil {
			graphql.AddError(ctx, err)
			return "null"
		}
		return quote(x + y)
	case "pretty":
		return "{\n\"a\":\r\n1}"
	case "broken":
		graphql.AddError(ctx, errors.New("no luck"))
		return "null"
	case "explode":
		panic("boom")
	case "wait":
		a.started <- struct{}{}
		<-ctx.Done()
		a.ended <- struct{}{}
		return "null"
	case "bump":
		a.bumpsMu.Lock()
		defer a.bumpsMu.Unlock()
		a.bumps++
		return quote(a.bumps)
	default:
		return "null"
	}
}

func (a *api) stream(ctx context.Context, op *graphql.OperationContext, f graphql.CollectedField) graphql.ResponseHandler {
	value := func(n int) *graphql.Response {
		return &graphql.Response{Data: []byte(`{"` + f.Alias + `":` + quote(n) + `}`)}
	}
	switch f.Name {
	case "refused":
		return graphql.OneShot(graphql.ErrorResponse(ctx, "not for you"))
	case "explode":
		return func(context.Context) *graphql.Response { panic("boom") }
	case "count":
		n, to := 0, f.ArgumentMap(op.Variables)["to"]
		last, _ := graphql.UnmarshalInt(to)
		return func(context.Context) *graphql.Response {
			if n++; n > last {
				return nil
			}
			return value(n)
		}
	default:
		a.started <- struct{}{}
		return func(context.Context) *graphql.Response {
			select {
			case <-ctx.Done():
				a.ended <- struct{}{}
				return nil
			case n := <-a.ticks:
				return value(n)
			}
		}
	}
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// answer is what a test reads of an HTTP answer.
type answer struct {
	*http.Response
	body string
}

// errorCodes returns `extensions.code` of each error in the body.
func (a answer) errorCodes(t testing.TB) []string {
	t.Helper()
	var doc struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code, RequestID string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &doc), a.body)
	var codes []string
	for _, e := range doc.Errors {
		require.NotEmpty(t, e.Message)
		require.Equal(t, "req_1", e.Extensions.RequestID, "every error goes through the presenter")
		codes = append(codes, e.Extensions.Code)
	}
	return codes
}

// send makes a request with header pairs "Key: value" and returns its whole answer.
func (a *api) send(t testing.TB, method, query, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, a.URL+query, strings.NewReader(body))
	require.NoError(t, err)
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ": ")
		req.Header.Add(key, value)
	}
	res, err := a.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var buf bytes.Buffer
	_, err = buf.ReadFrom(res.Body)
	require.NoError(t, err)
	return answer{res, buf.String()}
}

// post sends a JSON body.
func (a *api) post(t testing.TB, body string, headers ...string) answer {
	t.Helper()
	return a.send(t, http.MethodPost, "/", body, append(headers, "Content-Type: application/json")...)
}

// requireAlive proves that an ordinary query is answered within a second.
func (a *api) requireAlive(t testing.TB) {
	t.Helper()
	begin := time.Now()
	require.JSONEq(t, `{"data":{"hello":"world"}}`, a.post(t, `{"query":"{ hello }"}`).body)
	require.Less(t, time.Since(begin), time.Second)
}

// within fails the test when nothing arrives on ch in time.
func within[T any](t testing.TB, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(5 * time.Second):
		require.FailNow(t, "timed out waiting for "+what)
		panic("unreachable")
	}
}

// newExchange returns a request for a handler and the recorder of its answer.
func newExchange(method, target, body string) (*httptest.ResponseRecorder, *http.Request) {
	return httptest.NewRecorder(), httptest.NewRequest(method, target, strings.NewReader(body))
}
