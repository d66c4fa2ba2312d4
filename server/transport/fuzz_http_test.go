package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/transport"
)

// bareAPI is an api without a network, for a test in a time of its own.
type bareAPI struct {
	*api
	*handler.Server
	booms atomic.Int32 // panics of `explode`
}

func newBareAPI(t *testing.T, schema *ast.Schema) *bareAPI {
	a := &bareAPI{api: &api{
		ticks: make(chan int), started: make(chan struct{}, 10_000), ended: make(chan struct{}, 10_000),
		gauge: map[string]int{},
	}}
	a.Server = handler.New(&graphql.ExecutableSchemaMock{SchemaFunc: func() *ast.Schema { return schema }, ExecFunc: a.exec})
	a.SetParserTokenLimit(2000)
	a.SetRecoverFunc(func(_ context.Context, panicked any) error {
		assert.Equal(t, "boom", panicked, "nothing panics but what is made for it")
		a.booms.Add(1)
		return errors.New("recovered")
	})
	return a
}

// FuzzHTTP sends any request to the transports of HTTP. The answer has a status that is documented and
// holds GraphQL: JSON with data or errors, each with a known code, or an event stream that obeys its grammar.
// No goroutine stays behind.
func FuzzHTTP(f *testing.F) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	f.Fuzz(func(t *testing.T, method, rawQuery, body, contentType, accept, encoding string) {
		if !regexp.MustCompile(`^[A-Z]{1,20}$`).MatchString(method) {
			return // net/http refuses it before any handler
		}
		synctest.Test(t, func(t *testing.T) {
			a := newBareAPI(t, schema)
			sessions := transport.NewSessions(a.observer(), transport.Crowd{})
			a.AddTransport(transport.SSE{Sessions: sessions, MaxBody: 8 << 10})
			a.AddTransport(transport.HTTP{MaxBody: 8 << 10})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // of a client that leaves
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", strings.NewReader(body))
			r.Method, r.URL.RawQuery = method, rawQuery
			for key, value := range map[string]string{"Content-Type": contentType, "Accept": accept, "Content-Encoding": encoding} {
				if value != "" {
					r.Header.Set(key, value)
				}
			}
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			require.Zero(t, sessions.Len())
			if media, _, _ := mime.ParseMediaType(contentType); method != http.MethodPost || media != "application/json" {
				require.Zero(t, a.bumps, "a page of another site could have sent this")
			}
			require.Equal(t, a.booms.Load() > 0, strings.Contains(w.Body.String(), `"code":"INTERNAL"`))
			requireGraphQL(t, w.Result(), w.Body.String(), ctx.Err() != nil)
		})
	})
}

// statuses are those that the transports may answer with (GraphQL over HTTP, RFC 9110).
var statuses = []int{200, 204, 400, 405, 406, 413, 415, 503}

// requireGraphQL holds an answer against what every client relies on; cut is true when the client left.
func requireGraphQL(t *testing.T, r *http.Response, body string, cut bool) {
	t.Helper()
	require.Contains(t, statuses, r.StatusCode, body)
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.StatusCode == http.StatusNoContent:
		require.Empty(t, body)
		return
	case media == "text/event-stream":
		requireEvents(t, body, cut)
		return
	}
	require.NoError(t, err)
	require.Contains(t, []string{"application/json", "application/graphql-response+json"}, media)
	require.Equal(t, "utf-8", params["charset"])
	require.Equal(t, r.StatusCode == http.StatusMethodNotAllowed, r.Header.Get("Allow") != "")
	if hasData := requireResponse(t, body); r.StatusCode != http.StatusOK {
		require.False(t, hasData, body)
	}
}

// requireResponse holds text against the shape of a response (GraphQL §7.1), and tells whether it has data.
func requireResponse(t *testing.T, text string) (hasData bool) {
	t.Helper()
	var response struct {
		Data   *json.RawMessage `json:"data"`
		Errors *[]struct {
			Message    string
			Locations  []any
			Path       []any
			Extensions struct{ Code string }
		} `json:"errors"`
		HasNext *bool `json:"hasNext"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&response), text)
	require.False(t, d.More(), text)
	require.True(t, response.Data != nil || response.Errors != nil, text)
	if response.Errors == nil {
		return true
	}
	require.NotEmpty(t, *response.Errors, text)
	for _, e := range *response.Errors {
		require.NotEmpty(t, e.Message, text)
		if e.Path == nil { // what resolvers say is phrased above the transport
			require.Contains(t, []string{"INVALID_ARGUMENT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "UNAVAILABLE", "INTERNAL", ""},
				e.Extensions.Code, text)
		}
	}
	return response.Data != nil
}

// eventGrammar is what graphql-sse in the distinct connections mode sends: one line for each piece of data.
var eventGrammar = regexp.MustCompile(`^:\nretry: \d+\n\n((?::\n\n|event: next\ndata: [^\r\n]+\n\n)*)(event: complete\ndata:\n\n)?$`)

// requireEvents holds an event stream against its grammar, and each event against that of responses.
func requireEvents(t *testing.T, body string, cut bool) {
	t.Helper()
	match := eventGrammar.FindStringSubmatch(body)
	require.NotNil(t, match, "%q", body)
	require.True(t, cut || match[2] != "", "a stream that is over says so: %q", body)
	for _, data := range regexp.MustCompile(`(?m)^data: (.+)$`).FindAllStringSubmatch(match[1], -1) {
		requireResponse(t, data[1])
	}
}
