package obs_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/obs"
)

func TestLoggerWritesJSONInProduction(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	obs.NewLogger(&out, slog.LevelInfo, "production").Info("hello", "coupon_id", "cpn_1")
	line := decodeLine(t, out.Bytes())
	require.Equal(t, "hello", line["msg"])
	require.Equal(t, "cpn_1", line["coupon_id"])
	require.NotContains(t, line, "request_id")
}

func TestLoggerWritesTextInDevelopment(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	obs.NewLogger(&out, slog.LevelInfo, "development").Info("hello", "coupon_id", "cpn_1")
	require.Contains(t, out.String(), "level=INFO msg=hello coupon_id=cpn_1")
}

func TestLoggerKeepsToItsLevel(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"production", "development"} {
		var out bytes.Buffer
		logger := obs.NewLogger(&out, slog.LevelWarn, env)
		logger.Info("quiet")
		require.Empty(t, out.String())
		logger.Warn("loud")
		require.Contains(t, out.String(), "loud")
	}
}

func TestLoggerAddsTheRequestID(t *testing.T) {
	t.Parallel()
	ctx := obs.WithRequestID(t.Context(), "req-1")
	derive := map[string]func(*slog.Logger) *slog.Logger{
		"plain":            func(l *slog.Logger) *slog.Logger { return l },
		"with attributes":  func(l *slog.Logger) *slog.Logger { return l.With("a", 1) },
		"in a group":       func(l *slog.Logger) *slog.Logger { return l.WithGroup("g") },
		"in nested groups": func(l *slog.Logger) *slog.Logger { return l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h") },
		"no group at all":  func(l *slog.Logger) *slog.Logger { return l.WithGroup("") },
	}
	for name, derived := range derive {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			derived(obs.NewLogger(&out, slog.LevelInfo, "production")).InfoContext(ctx, "hello", "c", 3)
			require.Equal(t, "req-1", decodeLine(t, out.Bytes())["request_id"])
			require.Equal(t, 1, strings.Count(out.String(), "request_id"))
		})
	}
}

func TestLoggerKeepsGroupsAsTheyWere(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := obs.NewLogger(&out, slog.LevelInfo, "production").With("a", 1).WithGroup("g").With("b", 2)
	logger.InfoContext(obs.WithRequestID(t.Context(), "req-1"), "hello", "c", 3)
	line := decodeLine(t, out.Bytes())
	require.EqualValues(t, 1, line["a"])
	require.Equal(t, map[string]any{"b": 2.0, "c": 3.0}, line["g"])
}

func TestLoggersOfOneParentStayApart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	group := obs.NewLogger(&out, slog.LevelInfo, "production").WithGroup("g").With("shared", 0)
	one, two := group.With("one", 1), group.With("two", 2)
	ctx := obs.WithRequestID(t.Context(), "req-1")
	one.InfoContext(ctx, "hello")
	require.Equal(t, map[string]any{"shared": 0.0, "one": 1.0}, decodeLine(t, out.Bytes())["g"])
	out.Reset()
	two.InfoContext(ctx, "hello")
	require.Equal(t, map[string]any{"shared": 0.0, "two": 2.0}, decodeLine(t, out.Bytes())["g"])
}

func TestLoggerWithholdsPayloadsAndSecrets(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"production", "development"} {
		var out bytes.Buffer
		obs.NewLogger(&out, slog.LevelInfo, env).Info("hello",
			"password", "hunter2", "refresh_token", "hunter2", "accessToken", "hunter2", "Authorization", "hunter2",
			"MOA_TOKEN_SECRET", "hunter2", "api_key", "hunter2",
			slog.Group("deep", "set_cookie", "hunter2"),
			"body", []byte("hunter2"), "variables", json.RawMessage(`"hunter2"`),
			"header", http.Header{"A": {"hunter2"}}, "form", url.Values{"a": {"hunter2"}},
			"request", &http.Request{Host: "hunter2"},
			"prompt_tokens", 7, "coupon_id", "cpn_1",
		)
		require.NotContains(t, out.String(), "hunter2")
		require.Contains(t, out.String(), "[withheld]")
		require.Contains(t, out.String(), "[7 bytes]")
		require.Contains(t, out.String(), "cpn_1")
	}
}

func decodeLine(t *testing.T, line []byte) map[string]any {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(line, &fields), "one line of JSON, not %q", line)
	return fields
}
