package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/server/transport"
)

func TestAppendResponse(t *testing.T) {
	t.Parallel()
	yes := true
	for want, resp := range map[string]*graphql.Response{
		`x{"data":{"a":1}}`: {Data: []byte(`{"a":1}`)},
		`x{"data":null}`:    {Data: []byte(`null`)},
		`x{"errors":[{"message":"m"}]}`: {
			Errors: gqlerror.List{{Message: "m"}}, Extensions: map[string]any{},
		},
		`x{"errors":[{"message":"m","path":["a",0]}],"data":{"a":null},"extensions":{"cost":3}}`: {
			Errors:     gqlerror.List{{Message: "m", Path: ast.Path{ast.PathName("a"), ast.PathIndex(0)}}},
			Data:       []byte(`{"a":null}`),
			Extensions: map[string]any{"cost": 3},
		},
		`x{"data":{},"label":"l","path":["p"],"hasNext":true}`: {
			Data: []byte(`{}`), Label: "l", Path: ast.Path{ast.PathName("p")}, HasNext: &yes,
		},
	} {
		got, err := transport.AppendResponse([]byte("x"), resp)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	got, err := transport.AppendResponse([]byte("x"), &graphql.Response{Extensions: map[string]any{"f": func() {}}})
	require.Error(t, err)
	require.Equal(t, "x", string(got))
}

// bomb is a value whose marshaller has a bug.
type bomb struct{}

func (bomb) MarshalJSON() ([]byte, error) { panic("boom") }

var _ json.Marshaler = bomb{}

// An answer that cannot be encoded is an INTERNAL error on every transport, never a crash.
func TestUnencodableAnswers(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"panic": bomb{}, "error": func() {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, func(a *api, h *handler.Server) {
				sessions := transport.NewSessions(a.observer(), transport.Crowd{})
				h.AddTransport(transport.WebSocket{Sessions: sessions})
				h.AddTransport(transport.SSE{Sessions: sessions})
				h.Use(presenting{value})
			})
			require.Contains(t, a.post(t, `{"query":"{ hello }"}`).body, `"INTERNAL"`)
			require.Contains(t, a.post(t, `{"query":"{ hello }"}`, acceptStream).body, `"INTERNAL"`)
			c := a.connect(t)
			c.subscribe("1", "{ hello }")
			require.Contains(t, c.read(), `"INTERNAL"`)
			c.expect(`{"id":"1","type":"complete"}`)
			c.subscribe("2", "{ nope }")
			require.Contains(t, c.read(), `"INTERNAL"`)
			require.NoError(t, c.Close())
		})
	}
}

// presenting puts a value into the extensions of each answer and each of its errors.
type presenting struct{ value any }

func (presenting) ExtensionName() string { return "Presenting" }

func (p presenting) Validate(graphql.ExecutableSchema) error {
	if p.value == nil {
		return errors.New("no value")
	}
	return nil
}

func (p presenting) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	resp := next(ctx)
	if resp == nil {
		return nil
	}
	resp.Extensions = map[string]any{"value": p.value}
	for _, err := range resp.Errors {
		err.Extensions["value"] = p.value
	}
	return resp
}
