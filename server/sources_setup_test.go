package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
)

// soon is how long a test waits for what must come, and often how often it looks.
const (
	soon  = 20 * time.Second
	often = 5 * time.Millisecond
)

// warehouse runs a Trino and returns it with the settings of a Moa that asks it.
func warehouse(t testing.TB, answer func(trinotest.Statement) trinotest.Answer) (*trinotest.Server, []string) {
	t.Helper()
	server := trinotest.Start(t, answer)
	return server, []string{"MOA_TRINO_URL=" + strings.Replace(server.URL, "http://", "http://moa@", 1) + "?catalog=hive&schema=town"}
}

// revenues is an answer to [byCategory], in two pages.
func revenues() trinotest.Answer {
	return trinotest.Answer{
		Columns: trinotest.Columns("category varchar", "amount decimal(38,4)"),
		Pages:   [][][]any{{{"카페", "12.3400"}}, {{"빵집", "0.0001"}}},
	}
}

// analytics runs a GA4 and returns it with the settings of a Moa that asks it.
func analytics(t testing.TB, answer func(ga4test.Request) ga4test.Answer) (*ga4test.Server, []string) {
	t.Helper()
	server := ga4test.Start(t, answer)
	return server, []string{"MOA_GA4_URL=" + server.URL, "MOA_GA4_TOKEN_URL=" + server.TokenURL}
}

// question is the field `analysis` for January 2026.
func question(data, measure, more string) string {
	return fmt.Sprintf(`analysis(input: {data: %q, measures: [%q], period: {from: "2026-01-01", to: "2026-01-31"}%s}) {
		rows { keys values } totals freshness { source cached } warnings csvUrl }`, data, measure, more)
}

var (
	byCategory = `{ ` + question("orders", "revenue", `, dimensions: ["category"]`) + ` }`
	sessions   = `{ ` + question("visits", "sessions", "") + ` }`
)

// asking is a question on its way.
type asking struct {
	// leave ends the connection, as a client does that goes away.
	leave context.CancelFunc
	ended <-chan answer // an empty one where none has come
}

// begin asks in the background.
func (c client) begin(t testing.TB, query string) asking {
	t.Helper()
	return c.send(t, http.MethodPost, c.url+"/graphql", marshal(t, map[string]any{"query": query}))
}

// send sends a request in the background, over a connection of its own.
func (c client) send(t testing.TB, method, address string, body []byte) asking {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	ended := make(chan answer, 1)
	go func() {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		var a answer
		if response, err := transport.RoundTrip(request); err == nil {
			a, _ = readAnswer(response) // an empty one tells
		}
		ended <- a
	}()
	return asking{leave, ended}
}

// connect connects a store to a property with a credential.
func (c client) connect(t testing.TB, store, property string, credential any) answer {
	t.Helper()
	return c.do(t, `mutation($s: ID!, $a: String!, $c: Secret!) { connectIntegration(input: {storeId: $s, platform: GA4, account: $a, credential: $c}) {
		integration { id platform account credentialKind identity createdAt updatedAt store { id } } userErrors { code message field } } }`,
		map[string]any{"s": store, "a": property, "c": credential})
}

// open makes a store of an owner.
func (c client) open(t testing.TB, name string) string {
	t.Helper()
	a := c.must(t, `mutation($n: String!) { createStore(input: {name: $n, category: "카페"}) { store { id } userErrors { code } } }`, map[string]any{"n": name})
	return a.get(t, "createStore.store.id").(string)
}

// waiting waits until so many questions about a kind of data wait for a computation.
func (m *moa) waiting(t *testing.T, data string, n int) {
	t.Helper()
	m.counts(t, `moa_dashboard_waiting{kind="`+data+`"}`, n)
}

// counts waits until a metric is so much.
func (m *moa) counts(t *testing.T, series string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return m.metric(t, series) == n }, soon, often, series)
}

// told returns what a server tells next.
func told[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(soon):
		require.FailNow(t, "nothing is told")
		panic("unreachable")
	}
}
