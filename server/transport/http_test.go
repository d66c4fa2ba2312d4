package transport_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/transport"
)

const (
	acceptJSON     = "Accept: application/json"
	acceptResponse = "Accept: application/graphql-response+json"
	typeJSON       = "application/json; charset=utf-8"
	typeResponse   = "application/graphql-response+json; charset=utf-8"
)

func TestHTTPAnswersByMediaType(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	for name, tc := range map[string]struct {
		body   string
		code   string // of the first error; empty for none
		legacy int
		modern int
		data   bool
	}{
		"success":        {body: `{"query":"{ hello }"}`, legacy: 200, modern: 200, data: true},
		"null params":    {body: `{"query":"{ hello }","variables":null,"operationName":null,"extensions":null}`, legacy: 200, modern: 200, data: true},
		"unknown key":    {body: `{"query":"{ hello }","future":[1]}`, legacy: 200, modern: 200, data: true},
		"field error":    {body: `{"query":"{ broken }"}`, code: "-", legacy: 200, modern: 200, data: true},
		"parse":          {body: `{"query":"{"}`, code: "GRAPHQL_PARSE_FAILED", legacy: 200, modern: 400},
		"validation":     {body: `{"query":"{ nope }"}`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		"coercion":       {body: `{"query":"query($t:String!){ echo(text:$t) }","variables":{"t":null}}`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		"overflow":       {body: `{"query":"query($a:Int!){ add(a:$a,b:1) }","variables":{"a":99999999999999999999}}`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		"panic":          {body: `{"query":"{ explode }"}`, code: "INTERNAL", legacy: 200, modern: 500},
		"subscription":   {body: `{"query":"subscription { ticks }"}`, code: "INVALID_ARGUMENT", legacy: 200, modern: 400},
		"defer":          {body: `{"query":"{ ... @defer { hello } }"}`, code: "INVALID_ARGUMENT", legacy: 200, modern: 400},
		"defer off":      {body: `{"query":"{ ... @defer(if: false) { hello } }"}`, legacy: 200, modern: 200, data: true},
		"no query":       {body: `{"variables":{}}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"query type":     {body: `{"query":{"a":1}}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"name type":      {body: `{"query":"{ hello }","operationName":[]}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"variables type": {body: `{"query":"{ hello }","variables":"{}"}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"extension type": {body: `{"query":"{ hello }","extensions":false}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"empty body":     {body: ``, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"cut off":        {body: `{"query":"{ hel`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"trailing":       {body: `{"query":"{ hello }"}{}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"batch":          {body: `[{"query":"{ hello }"}]`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"duplicate key":  {body: `{"query":"{ hello }","query":"{ broken }"}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"bad utf-8":      {body: "{\"query\":\"{ hello } # \xff\"}", code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"nul":            {body: `{"query":"query($t:String!){ echo(text:$t) }","variables":{"t":"a\u0000b"}}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
		"deep":           {body: `{"query":"{ hello }","variables":{"v":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`, code: "INVALID_ARGUMENT", legacy: 400, modern: 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for accept, want := range map[string]struct {
				status int
				media  string
			}{acceptJSON: {tc.legacy, typeJSON}, acceptResponse: {tc.modern, typeResponse}} {
				got := a.post(t, tc.body, accept)
				require.Equal(t, want.status, got.StatusCode, got.body)
				require.Equal(t, want.media, got.Header.Get("Content-Type"))
				require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
				require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
				require.EqualValues(t, len(got.body), got.ContentLength)
				require.Equal(t, tc.data, strings.Contains(got.body, `"data"`), got.body)
				codes := got.errorCodes(t)
				switch tc.code {
				case "":
					require.Empty(t, codes)
				case "-":
					require.Len(t, codes, 1)
				default:
					require.Equal(t, tc.code, codes[0])
				}
			}
		})
	}
}

func TestHTTPChoosesTheMediaType(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	for accept, want := range map[string]string{
		"":                                  typeJSON,
		"*/*":                               typeJSON,
		"application/*":                     typeJSON,
		"application/json":                  typeJSON,
		"application/json; charset=utf-8":   typeJSON,
		"application/graphql-response+json": typeResponse,
		"application/graphql-response+json, application/json;q=0.9": typeResponse,
		"application/graphql-response+json;q=0.5, application/json": typeJSON,
		"application/json, application/graphql-response+json":       typeResponse,
		"application/json, text/plain, */*":                         typeJSON,
		"text/html,application/xhtml+xml,*/*;q=0.8":                 typeJSON,
		"application/json;q=0, */*":                                 typeResponse,
	} {
		got := a.post(t, `{"query":"{ hello }"}`, "Accept: "+accept)
		require.Equal(t, http.StatusOK, got.StatusCode, accept)
		require.Equal(t, want, got.Header.Get("Content-Type"), accept)
	}
	for _, accept := range []string{"text/html", "application/json;q=0", "application/json; charset=latin1", "application/json;q=x"} {
		got := a.post(t, `{"query":"{ hello }"}`, "Accept: "+accept)
		require.Equal(t, http.StatusNotAcceptable, got.StatusCode, accept)
		require.Equal(t, []string{"INVALID_ARGUMENT"}, got.errorCodes(t))
	}
}

func TestHTTPTakesJSONBodiesOnly(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	const body = `{"query":"mutation { bump }"}`
	for _, header := range []string{
		"Content-Type: ", "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded",
		"Content-Type: multipart/form-data; boundary=x", "Content-Type: application/json; charset=utf-16",
		"Content-Type: text/plain; application/json",
	} {
		got := a.send(t, http.MethodPost, "/", body, header)
		require.Equal(t, http.StatusUnsupportedMediaType, got.StatusCode, header)
		require.Equal(t, "application/json", got.Header.Get("Accept-Post"))
	}
	got := a.post(t, body, "Content-Encoding: gzip")
	require.Equal(t, http.StatusUnsupportedMediaType, got.StatusCode)
	require.Equal(t, "identity", got.Header.Get("Accept-Encoding"))
	require.Zero(t, a.bumps, "nothing was executed")

	require.JSONEq(t, `{"data":{"bump":1}}`, a.post(t, body, "Content-Encoding: identity").body)
}

func TestHTTPGet(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	get := func(pairs ...string) answer {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		return a.send(t, http.MethodGet, "/?"+values.Encode(), "", acceptResponse)
	}
	require.JSONEq(t, `{"data":{"hello":"world"}}`, get("query", "{ hello }").body)
	require.JSONEq(t, `{"data":{"echo":"김"}}`,
		get("query", "query A($t: String!) { echo(text: $t) } query B { hello }",
			"operationName", "A", "variables", `{"t":"김"}`, "extensions", "{}").body)

	mutation := get("query", "mutation { bump }")
	require.Equal(t, http.StatusMethodNotAllowed, mutation.StatusCode)
	require.Equal(t, "POST", mutation.Header.Get("Allow"))
	require.Zero(t, a.bumps)

	for name, got := range map[string]answer{
		"no query":  get(),
		"twice":     get("query", "{ hello }", "query", "{ hello }"),
		"variables": get("query", "{ hello }", "variables", "{"),
		"list":      get("query", "{ hello }", "variables", "[]"),
		"nul":       get("query", "{ hello } #\x00"),
		"utf-8":     get("query", "{ hello } #\xff"),
		"escape":    a.send(t, http.MethodGet, "/?query=%zz", ""),
	} {
		require.Equal(t, http.StatusBadRequest, got.StatusCode, name)
		require.Equal(t, []string{"INVALID_ARGUMENT"}, got.errorCodes(t), name)
	}
}

func TestHTTPMethods(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead} {
		got := a.send(t, method, "/?query=%7Bhello%7D", "")
		require.Equal(t, http.StatusMethodNotAllowed, got.StatusCode, method)
		require.Equal(t, "GET, POST, OPTIONS", got.Header.Get("Allow"), method)
	}
	got := a.send(t, http.MethodOptions, "/", "")
	require.Equal(t, http.StatusNoContent, got.StatusCode)
	require.Equal(t, "GET, POST, OPTIONS", got.Header.Get("Allow"))
}

func TestHTTPBodyLimitNeverEchoes(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(_ *api, h *handler.Server) { h.AddTransport(transport.HTTP{MaxBody: 100}) })
	secret := strings.Repeat("s3cret", 100)
	got := a.post(t, `{"query":"`+secret+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, got.StatusCode)
	require.Equal(t, []string{"INVALID_ARGUMENT"}, got.errorCodes(t))
	require.NotContains(t, got.body, "s3cret")

	got = a.send(t, http.MethodGet, "/?query="+secret, "")
	require.Equal(t, http.StatusRequestEntityTooLarge, got.StatusCode)

	require.NotContains(t, a.post(t, `{"query": s3cret`).body, "s3cret")
}

// A request whose time is over before the operation begins gets an answer, not an empty page.
func TestHTTPAnswersWhenTimeIsOver(t *testing.T) {
	t.Parallel()
	a := newAPI(t, nil)
	w, r := newExchange(http.MethodPost, "/", `{"query":"{ hello }"}`)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	r = r.WithContext(ctx)
	r.Header.Set("Content-Type", "application/json")
	a.Config.Handler.ServeHTTP(w, r)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "UNAVAILABLE")
}
