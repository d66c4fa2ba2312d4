// Package transporttest attacks a GraphQL server over the network, for tests of the transports
// and of whole servers. Its documents use only what every schema has (`__typename`), so that
// the same attacks fit any server.
package transporttest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// request is one hostile request.
type request struct {
	body    string
	headers map[string]string
	allowed bool // the request is strange, but nothing forbids it
}

// RequireAlive proves that the server at url answers an ordinary query within a second.
func RequireAlive(t testing.TB, url string) {
	t.Helper()
	begin := time.Now()
	status, body := post(t, url, request{body: `{"query":"{ __typename }"}`})
	require.Equal(t, http.StatusOK, status, body)
	require.JSONEq(t, `{"data":{"__typename":"Query"}}`, body)
	require.Less(t, time.Since(begin), time.Second)
}

// Requests sends hostile requests to url one after the other. Each must be refused with a
// status of 4xx, quickly, without an echo of what was sent, and must leave the server able to
// answer. The server must bound the tokens of a document (2,000) and the size of a body (1 MiB).
func Requests(t *testing.T, url string) {
	for name, attack := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			status, body := post(t, url, attack)
			require.Less(t, time.Since(begin), patience)
			if attack.allowed {
				require.Equal(t, http.StatusOK, status, body)
			} else {
				require.GreaterOrEqual(t, status, 400, body)
				require.Less(t, status, 500, body)
			}
			RequireAlive(t, url)
		})
	}
}

func attacks(t testing.TB) map[string]request {
	const mb = 1 << 20
	variables := func(json string) string { return `{"query":"query($a: Int!) { __typename }","variables":` + json + `}` }
	return map[string]request{
		"aliases":             {body: document("{" + numbered(50_000, " a%d: __typename") + "}")},
		"repeated fields":     {body: document("{" + strings.Repeat(" __typename", 90_000) + "}")},
		"repeated to a limit": {body: document("{" + strings.Repeat(" __typename", 1990) + "}"), allowed: true},
		"directives":          {body: document("{ __typename " + strings.Repeat("@include(if: true) ", 40_000) + "}")},
		"braces":              {body: document(strings.Repeat("{", 900_000))},
		"deep fields":         {body: document("{" + strings.Repeat("a { b ", 50_000) + strings.Repeat("}", 100_000) + "}")},
		"deep lists":          {body: document("{ __typename @include(if: " + strings.Repeat("[", 500_000) + ") }")},
		"deep types":          {body: document("query($a: " + strings.Repeat("[", 500_000) + "Int) { __typename }")},
		"fragments":           {body: document("{ ...f0 }" + numbered(20_000, " fragment f%d on Query { __typename }"))},
		"fragment cycle":      {body: document("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")},
		"fragment doubling":   {body: document("{ ...f0 }" + doubling(140) + " fragment f140 on Query { ...f0 }")},
		"long name":           {body: document("{ " + strings.Repeat("x", 1_000_000) + " }")},
		"comment":             {body: document("{ __typename } # " + strings.Repeat("x", 1_000_000)), allowed: true},
		"block string":        {body: document(`{ __typename @include(if: """` + strings.Repeat(`\"""`, 100_000) + `""") }`)},
		"introspection cycle": {body: document("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }")},
		"batch":               {body: "[" + strings.Repeat(document("{ __typename }")+",", 1000) + "{}]"},
		"5 MB":                {body: document(strings.Repeat("x", 5*mb))},
		"gzip bomb":           {body: gzipped(t, 100*mb), headers: map[string]string{"Content-Encoding": "gzip"}},
		"open JSON":           {body: `{"query":"{ __typename }","variables":{"a":`},
		"deep JSON":           {body: variables(strings.Repeat(`{"a":`, 100_000))},
		"deep array":          {body: strings.Repeat("[", 1_000_000)},
		"NUL":                 {body: "{\"query\":\"{ __typename }\x00\"}"},
		"escaped NUL":         {body: `{"query":"{ __typename }","variables":{"a":"\u0000"}}`},
		"bad UTF-8":           {body: "{\"query\":\"{ __typename } # \xc3\x28\"}"},
		"duplicate key":       {body: `{"query":"{ __typename }","query":"{ __typename }"}`},
		"huge number":         {body: variables(`{"a":1` + strings.Repeat("0", 500_000) + `}`)},
		"huge exponent":       {body: variables(`{"a":1e999999999}`)},
		"many variables":      {body: variables(`{` + numbered(50_000, `"a%d":1,`) + `"z":1}`)},
		"a form":              {body: "query=%7B__typename%7D", headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		"plain text":          {body: `{"query":"{ __typename }"}`, headers: map[string]string{"Content-Type": "text/plain"}},
	}
}

// document wraps a query into a request body.
func document(query string) string {
	text, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err) // a map of strings can always be marshalled
	}
	return string(text)
}

// numbered joins n texts that each contain their number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// doubling returns n fragments that each spread the next one twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on Query { ...f%d ...f%d }", i, i+1, i+1)
	}
	return b.String()
}

func gzipped(t testing.TB, size int) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.CopyN(w, zeros{}, int64(size))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

// zeros reads as spaces without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func post(t testing.TB, url string, r request) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(r.body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	for key, value := range r.headers {
		req.Header.Set(key, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}
