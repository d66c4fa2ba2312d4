package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/server"
)

var update = flag.Bool("update", false, "write the golden files")

// moa is a running Moa of a test's own.
type moa struct {
	url string
}

// start runs a Moa on the embedded default, with the demo neighbourhood, until the test ends. Settings
// are KEY=value.
func start(t testing.TB, settings ...string) *moa {
	t.Helper()
	m, _ := run(t, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError})), settings...)
	return m
}

// run is start with a log of the test's own. stop ends it as a signal does, and returns once it has ended.
func run(t testing.TB, logger *slog.Logger, settings ...string) (m *moa, stop func()) {
	t.Helper()
	environ := append([]string{"MOA_ADDR=127.0.0.1:0", "MOA_DATA_DIR=" + t.TempDir(), "MOA_LOG_LEVEL=error"}, settings...)
	cfg, err := config.Load(environ)
	require.NoError(t, err)
	app, err := server.New(t.Context(), cfg, logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, app.Close()) })
	require.NoError(t, app.Greet(t.Context()))
	address, ended := make(chan string, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- app.Serve(ctx, func(a string) { address <- a }) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	select {
	case a := <-address:
		return &moa{url: "http://" + a}, stop
	case <-time.After(30 * time.Second):
		require.FailNow(t, "Moa does not listen")
		return nil, nil
	}
}

// production returns the settings without which production does not start.
func production() []string {
	return []string{"MOA_ENV=production", "MOA_TOKEN_KEY=" + strings.Repeat("k", 40), "MOA_VAULT_KEY=" + vaultKey("k")}
}

// testWriter sends the log to the test's own.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// answer is what a client sees.
type answer struct {
	Status int             `json:"-"`
	Header http.Header     `json:"-"`
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	Extensions struct {
		Cache struct {
			Hit        bool    `json:"hit"`
			AgeSeconds float64 `json:"ageSeconds"`
		} `json:"cache"`
	} `json:"extensions"`
}

// code returns the code of the first top-level error, or nothing.
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// get returns what stands at a dotted path in the data; numbers step into lists.
func (a answer) get(t testing.TB, path string) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(a.Data, &value), "%s", a.Data)
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			var i int
			_, err := fmt.Sscan(step, &i)
			require.NoError(t, err)
			require.Less(t, i, len(v), "%s in %s", path, a.Data)
			value = v[i]
		default:
			require.Failf(t, "no such path", "%s in %s %v", path, a.Data, a.Errors)
		}
	}
	return value
}

// client asks as somebody.
type client struct {
	*moa
	token    string
	language string
}

func (m *moa) guest() client { return client{moa: m} }

// as signs in a demo account: owner, user, counselor, admin or another name before the @.
func (m *moa) as(t testing.TB, name string) client {
	t.Helper()
	a := m.guest().do(t, `mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) { session { accessToken } userErrors { code } } }`,
		map[string]any{"e": name + "@moa.example", "p": demo.Password})
	token, ok := a.get(t, "signIn.session.accessToken").(string)
	require.True(t, ok, "%s", a.Data)
	return client{moa: m, token: token}
}

// do asks over POST.
func (c client) do(t testing.TB, query string, variables map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	return c.post(t, body)
}

// must asks and demands an answer without any error.
func (c client) must(t testing.TB, query string, variables map[string]any) answer {
	t.Helper()
	a := c.do(t, query, variables)
	require.Empty(t, a.Errors, query)
	require.NotContains(t, string(a.Data), `"userErrors":[{`, query)
	return a
}

func (c client) post(t testing.TB, body []byte) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.language != "" {
		request.Header.Set("Accept-Language", c.language)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	a, err := readAnswer(response)
	require.NoError(t, err)
	return a
}

func readAnswer(response *http.Response) (answer, error) {
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: response.StatusCode, Header: response.Header}
	if err := json.Unmarshal(text, &a); err != nil {
		return answer{}, fmt.Errorf("%w: %s", err, text)
	}
	return a, nil
}
