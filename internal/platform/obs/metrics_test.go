package obs_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/obs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMetricNames holds what dashboards and alerts rely on: names, labels and buckets.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	const golden = "testdata/metrics.golden"
	got := strings.Join(regexp.MustCompile(`(?m)^(# (HELP|TYPE) )?moa_.*\n`).FindAllString(scrape(t, touched()), -1), "")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run go test with -update when the change is meant")
}

func TestMetricsShowTheRuntime(t *testing.T) {
	t.Parallel()
	text := scrape(t, touched())
	require.Contains(t, text, "\ngo_goroutines ")
	require.Contains(t, text, "\nprocess_start_time_seconds ")
}

func TestMetricsFollowTheConventions(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	touch(obs.NewMetrics(registry))
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestOperationNamesAreBounded(t *testing.T) {
	t.Parallel()
	metrics := obs.NewMetrics(prometheus.NewRegistry())
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				metrics.Operation(fmt.Sprintf("op_%d_%d", worker, i), "query", "ok", time.Millisecond)
			}
		})
	}
	group.Wait()
	text := scrape(t, metrics)
	require.Equal(t, 200, strings.Count(text, `moa_graphql_operations_total{kind="query",operation="op_`))
	require.Contains(t, text, `moa_graphql_operations_total{kind="query",operation="other",outcome="ok"} 600`)
}

func TestOperationNamesAreNames(t *testing.T) {
	t.Parallel()
	labels := map[string]string{
		"":                      "anonymous",
		"Home":                  "Home",
		"_claim2":               "_claim2",
		strings.Repeat("a", 64): strings.Repeat("a", 64),
		strings.Repeat("a", 65): "other",
		"2fast":                 "other",
		"a b":                   "other",
		"a-b":                   "other",
		"쿠폰":                    "other",
		"a\"} 1\nmoa_forged 1":  "other",
	}
	for name, label := range labels {
		metrics := obs.NewMetrics(prometheus.NewRegistry())
		metrics.Operation(name, "query", "ok", time.Millisecond)
		require.Contains(t, scrape(t, metrics), fmt.Sprintf(`moa_graphql_operations_total{kind="query",operation=%q,outcome="ok"} 1`, label), "%q", name)
	}
}

func TestSubscriptionsHaveNoDuration(t *testing.T) {
	t.Parallel()
	metrics := obs.NewMetrics(prometheus.NewRegistry())
	metrics.Operation("Watch", "subscription", "ok", time.Hour)
	text := scrape(t, metrics)
	require.Contains(t, text, `moa_graphql_operations_total{kind="subscription",operation="Watch",outcome="ok"} 1`)
	require.NotContains(t, text, "moa_graphql_duration_seconds_count")
}

func TestLiveSubscribersComeAndLeave(t *testing.T) {
	t.Parallel()
	metrics := obs.NewMetrics(prometheus.NewRegistry())
	metrics.LiveSubscribers("couponStock", +1)
	metrics.LiveSubscribers("couponStock", +1)
	metrics.LiveSubscribers("couponStock", -1)
	require.Contains(t, scrape(t, metrics), `moa_live_subscribers{field="couponStock"} 1`)
}

// touched returns metrics that each have a value.
func touched() *obs.Metrics {
	metrics := obs.NewMetrics(prometheus.NewRegistry())
	touch(metrics)
	return metrics
}

func touch(metrics *obs.Metrics) {
	metrics.CacheHit("memory")
	metrics.CacheMiss()
	metrics.Operation("Home", "query", "ok", 30*time.Millisecond)
	metrics.DBQuery("read")
	metrics.Claim("ok")
	metrics.ClaimBatch(64)
	metrics.LiveSubscribers("couponStock", +1)
	metrics.LiveExecution("couponStock")
	metrics.LiveDeliveries("couponStock")(1)
	metrics.Job("send_mail", "ok")
	metrics.EventsUnpublished(3)
	metrics.HTTPRequest("graphql", http.StatusOK)
	metrics.DashboardComputation("orders", "trino")
	metrics.DashboardWaiting("orders", +1)
	metrics.SourceCall("trino", "ok")
}

func scrape(t *testing.T, metrics *obs.Metrics) string {
	t.Helper()
	response := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, response.Code)
	return response.Body.String()
}
