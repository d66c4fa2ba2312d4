package limits_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server/limits"
	"github.com/moa-bff/moa/server/transport"
)

// Each document breaks a rule that suggests names of the schema.
var suggestive = []string{
	"{ nam }",                              // FieldsOnCorrectType
	"{ stores }",                           // ScalarLeafs
	"{ store(idd: 1) { id } }",             // KnownArgumentNames
	"{ name @skip(iff: true) }",            // KnownArgumentNames, of a directive
	"query($c: Colour) { color(of: $c) }",  // KnownTypeNames
	"{ ... on Stor { id } }",               // KnownTypeNames
	"{ color(of: REDD) }",                  // ValuesOfCorrectType, enum
	`{ color(of: "RED") }`,                 // ValuesOfCorrectType, text for an enum
	"{ color(in: { shad: 1, shade: 1 }) }", // ValuesOfCorrectType, input field
	"{ color(in: { shade: RED }) }",        // ValuesOfCorrectType, enum for an Int
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	ask := func(disable bool, text string) string {
		h := handler.New(executable())
		h.AddTransport(transport.HTTP{})
		if disable {
			limits.DisableSuggestions(h)
		}
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query":`+string(quoted)+`}`))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(w, r)
		body, err := io.ReadAll(w.Body)
		require.NoError(t, err)
		return string(body)
	}
	suggested := 0
	for _, text := range suggestive {
		if strings.Contains(ask(false, text), "Did you mean") {
			suggested++
		}
		got := ask(true, text)
		require.Contains(t, got, "GRAPHQL_VALIDATION_FAILED", text)
		require.NotContains(t, got, "Did you mean", text)
	}
	require.Greater(t, suggested, 5, "the documents do provoke suggestions when they are on")
	require.JSONEq(t, `{"data":{}}`, ask(true, "{ name }"))
}
