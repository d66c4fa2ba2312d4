package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/obs"
)

func TestLiveIsOK(t *testing.T) {
	t.Parallel()
	health := obs.NewHealth(slog.New(slog.DiscardHandler), failing("database", true))
	health.SetDraining()
	response := httptest.NewRecorder()
	health.Live().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/livez", nil))
	require.Equal(t, http.StatusOK, response.Code)
	require.Equal(t, "ok", response.Body.String())
}

func TestReady(t *testing.T) {
	t.Parallel()
	scenarios := map[string]struct {
		checks []obs.Check
		code   int
		status string
		found  map[string]string
	}{
		"nothing to check": {nil, 200, "ok", map[string]string{}},
		"all is well": {
			[]obs.Check{working("database", true), working("redis", false)},
			200, "ok",
			map[string]string{"database": "ok", "redis": "ok"},
		},
		"a required check fails": {
			[]obs.Check{failing("database", true), working("redis", false)},
			503, "unavailable",
			map[string]string{"database": "failed", "redis": "ok"},
		},
		"an optional check fails": {
			[]obs.Check{working("database", true), failing("redis", false)},
			200, "degraded",
			map[string]string{"database": "ok", "redis": "failed"},
		},
		"both fail, the optional one last": {
			[]obs.Check{failing("database", true), failing("redis", false)},
			503, "unavailable",
			map[string]string{"database": "failed", "redis": "failed"},
		},
		"both fail, the optional one first": {
			[]obs.Check{failing("redis", false), failing("database", true)},
			503, "unavailable",
			map[string]string{"database": "failed", "redis": "failed"},
		},
		"a feature is off": {
			[]obs.Check{working("database", true), off("mail"), {Name: "pay", Probe: func(context.Context) (string, error) {
				return "", fmt.Errorf("no key: %w", obs.ErrOff)
			}}},
			200, "ok",
			map[string]string{"database": "ok", "mail": "off", "pay": "off"},
		},
	}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, answer := ready(t, obs.NewHealth(slog.New(slog.DiscardHandler), scenario.checks...))
			require.Equal(t, scenario.code, code)
			require.Equal(t, scenario.status, answer.Status)
			found := map[string]string{}
			for check, finding := range answer.Checks {
				found[check] = finding.Status
			}
			require.Equal(t, scenario.found, found)
		})
	}
}

func TestReadyTellsDetailsButNoSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	health := obs.NewHealth(obs.NewLogger(&log, slog.LevelInfo, "production"), working("database", true), failing("redis", false))
	response := httptest.NewRecorder()
	health.Ready().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.Equal(t, "application/json", response.Header().Get("Content-Type"))
	require.Equal(t, "no-store", response.Header().Get("Cache-Control"))
	require.Contains(t, response.Body.String(), `"database":{"status":"ok","detail":"database is fine","ms":`)
	require.Contains(t, response.Body.String(), `"redis":{"status":"failed","detail":"not working","ms":`)
	require.NotContains(t, response.Body.String(), "hunter2")
	require.Contains(t, log.String(), "redis://moa:hunter2@", "the log has it all")
}

func TestReadyWhileDraining(t *testing.T) {
	t.Parallel()
	health := obs.NewHealth(slog.New(slog.DiscardHandler), working("database", true))
	health.SetDraining()
	code, answer := ready(t, health)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "unavailable", answer.Status)
	require.Equal(t, "draining", answer.Reason)
}

func TestReadyProbesAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context) (string, error) {
			time.Sleep(1500 * time.Millisecond)
			return "", nil
		}
		start := time.Now()
		code, answer := ready(t, obs.NewHealth(slog.New(slog.DiscardHandler),
			obs.Check{Name: "a", Probe: slow}, obs.Check{Name: "b", Probe: slow}, obs.Check{Name: "c", Probe: slow}))
		require.Equal(t, http.StatusOK, code)
		require.Equal(t, 1500*time.Millisecond, time.Since(start))
		require.InDelta(t, 1500, answer.Checks["a"].MS, 0)
	})
}

func TestReadyDoesNotWaitForAHangingProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		deaf := obs.Check{Name: "database", Required: true, Probe: func(context.Context) (string, error) {
			calls.Add(1)
			<-release
			return "", nil
		}}
		var log bytes.Buffer
		health := obs.NewHealth(obs.NewLogger(&log, slog.LevelInfo, "production"), deaf)
		for range 3 {
			start := time.Now()
			code, answer := ready(t, health)
			require.Equal(t, http.StatusServiceUnavailable, code)
			require.Equal(t, "no answer in time", answer.Checks["database"].Detail)
			require.Equal(t, 2*time.Second, time.Since(start))
		}
		require.EqualValues(t, 1, calls.Load(), "a hanging probe is not started again")
		require.Equal(t, 1, strings.Count(log.String(), "health check fails"))

		close(release)
		synctest.Wait()
		code, _ := ready(t, health)
		require.Equal(t, http.StatusOK, code)
		require.EqualValues(t, 2, calls.Load())
	})
}

func TestReadyGivesProbesTwoSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		obedient := obs.Check{Name: "database", Required: true, Probe: func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}}
		start := time.Now()
		code, answer := ready(t, obs.NewHealth(slog.New(slog.DiscardHandler), obedient))
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Equal(t, "no answer in time", answer.Checks["database"].Detail)
		require.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestHealthLogsChangesOnly(t *testing.T) {
	t.Parallel()
	broken := true
	check := obs.Check{Name: "redis", Probe: func(context.Context) (string, error) {
		if broken {
			return "", errors.New("connection refused")
		}
		return "", nil
	}}
	var log bytes.Buffer
	health := obs.NewHealth(obs.NewLogger(&log, slog.LevelInfo, "production"), check)
	for _, broken = range []bool{false, true, true, true, false, false, true} {
		ready(t, health)
	}
	require.Equal(t, 2, strings.Count(log.String(), "health check fails"))
	require.Equal(t, 1, strings.Count(log.String(), "health check works again"))
	require.Contains(t, log.String(), "connection refused")
}

func TestAnAskerWhoLeftIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := obs.Check{Name: "database", Required: true, Probe: func(context.Context) (string, error) {
			time.Sleep(time.Second)
			return "", nil
		}}
		var log bytes.Buffer
		health := obs.NewHealth(obs.NewLogger(&log, slog.LevelInfo, "production"), slow)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		request := httptest.NewRequestWithContext(gone, http.MethodGet, "/readyz", nil)
		health.Ready().ServeHTTP(httptest.NewRecorder(), request)
		code, _ := ready(t, health)
		require.Equal(t, http.StatusOK, code)
		require.Empty(t, log.String())
	})
}

type answer struct {
	Status, Reason string
	Checks         map[string]struct {
		Status, Detail string
		MS             float64
	}
}

func ready(t *testing.T, health *obs.Health) (code int, got answer) {
	t.Helper()
	response := httptest.NewRecorder()
	health.Ready().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.NoError(t, json.Unmarshal(response.Body.Bytes(), &got))
	return response.Code, got
}

func working(name string, required bool) obs.Check {
	return obs.Check{Name: name, Required: required, Probe: func(context.Context) (string, error) {
		return name + " is fine", nil
	}}
}

func failing(name string, required bool) obs.Check {
	return obs.Check{Name: name, Required: required, Probe: func(context.Context) (string, error) {
		return "half a detail", errors.New("dial redis://moa:hunter2@10.0.0.7: connection refused")
	}}
}

func off(name string) obs.Check {
	return obs.Check{Name: name, Probe: func(context.Context) (string, error) { return "", obs.ErrOff }}
}
