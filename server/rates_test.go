package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRatesAreBounded holds that one viewer and one address can ask only so often, on whatever transport,
// and that others are not held up by them.
func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_VIEWER_RATE=1", "MOA_LIMIT_ADDRESS_RATE=2", "MOA_TRUSTED_PROXIES=1")
	ask := func(token, address string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.url+"/graphql", strings.NewReader(`{"query":"{ viewer { id } }"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-For", "203.0.113.99, "+address) // only the last word is the proxy's
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}
	// until returns how many requests were answered before one was refused.
	until := func(token, address string) int {
		for n := range 100 {
			response := ask(token, address)
			if response.StatusCode == http.StatusTooManyRequests {
				seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
				require.NoError(t, err)
				require.Positive(t, seconds)
				return n
			}
			require.Equal(t, http.StatusOK, response.StatusCode)
		}
		require.FailNow(t, "nothing was refused")
		return 0
	}
	user, owner := m.as(t, "user"), m.as(t, "owner")
	viewer := until(user.token, "127.0.0.1") // loopback addresses are not counted
	require.InDelta(t, 10, viewer, 3, "ten times the rate may come at once")
	require.Equal(t, http.StatusOK, ask(owner.token, "127.0.0.1").StatusCode)

	address := until("", "198.51.100.7")
	require.InDelta(t, 20, address, 5)
	require.Equal(t, http.StatusOK, ask("", "198.51.100.8").StatusCode)

	s := user.subscribe(t, `{ viewer { id } }`, nil)
	require.Equal(t, "RATE_LIMITED", s.next(t).code(), "a socket is no way around")
	s.close(t)
}
