package obs

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxOperations is how many operation names of clients become labels of their own. Every
// series costs memory here and in Prometheus, and clients choose these names.
const maxOperations = 200

// Metrics counts what Moa does, for Prometheus. Labels take few values by design; the only
// one that clients choose, the operation's name, is bounded here. It is safe for concurrent
// use.
type Metrics struct {
	registry   *prometheus.Registry
	operations *names

	graphqlOperations *counters[operationLabels]
	graphqlDuration   *prometheus.HistogramVec
	cacheHits         *prometheus.CounterVec
	cacheMisses       prometheus.Counter
	dbQueries         *prometheus.CounterVec
	claims            *prometheus.CounterVec
	claimBatchSize    prometheus.Histogram
	liveSubscribers   *prometheus.GaugeVec
	liveExecutions    *prometheus.CounterVec
	liveDeliveries    *prometheus.CounterVec
	jobs              *prometheus.CounterVec
	eventsUnpublished prometheus.Gauge
	httpRequests      *counters[requestLabels]
	llmCalls          *prometheus.CounterVec
	llmTokens         *prometheus.CounterVec
	llmCost           *prometheus.CounterVec
	llmFirstToken     *prometheus.HistogramVec
	counselReplies    *prometheus.CounterVec
	computations      *prometheus.CounterVec
	dashboardShared   *prometheus.CounterVec
	dashboardWaiting  *prometheus.GaugeVec
	sourceCalls       *prometheus.CounterVec
}

// NewMetrics registers the metrics of Moa, of the Go runtime and of the process with
// registry, which must not hold them yet.
func NewMetrics(registry *prometheus.Registry) *Metrics {
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	in := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return in.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &Metrics{
		registry:   registry,
		operations: newNames(maxOperations),

		graphqlOperations: newCounters(
			counter("moa_graphql_operations_total", "GraphQL operations executed.", "operation", "kind", "outcome"),
			func(l operationLabels) []string { return []string{l.operation, l.kind, l.outcome} },
		),
		graphqlDuration: in.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "moa_graphql_duration_seconds",
			Help:    "Time from a parsed GraphQL query or mutation to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"kind"}),
		cacheHits: counter("moa_cache_hits_total", "GraphQL queries answered from a kept answer.", "from"),
		cacheMisses: in.NewCounter(prometheus.CounterOpts{
			Name: "moa_cache_misses_total", Help: "GraphQL queries computed whose answer may be kept.",
		}),
		dbQueries: counter("moa_db_queries_total", "Statements sent to the database.", "kind"),
		claims:    counter("moa_claims_total", "Attempts to claim a coupon.", "outcome"),
		claimBatchSize: in.NewHistogram(prometheus.HistogramOpts{
			Name:    "moa_claim_batch_size",
			Help:    "Claims committed in one transaction.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 7), // 1 … 64, the largest batch
		}),
		liveSubscribers: in.NewGaugeVec(prometheus.GaugeOpts{
			Name: "moa_live_subscribers", Help: "Clients that follow a live field now.",
		}, []string{"field"}),
		liveExecutions: counter("moa_live_executions_total", "Times a live field was computed.", "field"),
		liveDeliveries: counter("moa_live_deliveries_total", "Events of a live field handed to clients.", "field"),
		jobs:           counter("moa_jobs_total", "Background jobs run.", "kind", "outcome"),
		eventsUnpublished: in.NewGauge(prometheus.GaugeOpts{
			Name: "moa_events_unpublished", Help: "Committed events that wait to be published.",
		}),
		llmCalls:  counter("moa_llm_calls_total", "Calls of a language model.", "provider", "purpose", "outcome"),
		llmTokens: counter("moa_llm_tokens_total", "Tokens of language models.", "provider", "kind"),
		llmCost:   counter("moa_llm_cost_total", "What language models have cost, by the configured prices.", "provider"),
		llmFirstToken: in.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "moa_llm_first_token_seconds",
			Help:    "Time from a call of a language model to the first text.",
			Buckets: []float64{.05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 10, 15},
		}, []string{"provider"}),
		counselReplies:  counter("moa_counsel_replies_total", "Replies of counselling voices that have come to their end.", "provider", "outcome"),
		computations:    counter("moa_dashboard_computations_total", "Questions of dashboards that were computed, and not answered by what was kept.", "kind", "source"),
		dashboardShared: counter("moa_dashboard_shared_total", "Questions of dashboards that were answered by what another replica had computed.", "kind"),
		dashboardWaiting: in.NewGaugeVec(prometheus.GaugeOpts{
			Name: "moa_dashboard_waiting", Help: "Questions of dashboards that wait for a computation now.",
		}, []string{"kind"}),
		sourceCalls: counter("moa_source_calls_total", "Questions put to sources outside: Trino and Google Analytics 4.", "source", "outcome"),
		httpRequests: newCounters(
			counter("moa_http_requests_total", "HTTP requests answered.", "path_class", "code"),
			func(l requestLabels) []string { return []string{l.pathClass, strconv.Itoa(l.code)} },
		),
	}
}

// Handler answers GET /metrics in the text format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Operation counts one GraphQL operation. operation is the client's name for it, kind is
// query, mutation or subscription, outcome is ok or the code of the first error. took is
// observed for queries and mutations: a subscription lasts as long as its reader likes.
func (m *Metrics) Operation(operation, kind, outcome string, took time.Duration) {
	m.graphqlOperations.of(operationLabels{m.operations.label(operation), kind, outcome}).Inc()
	if kind != "subscription" {
		m.graphqlDuration.WithLabelValues(kind).Observe(took.Seconds())
	}
}

// CacheHit counts one query answered from a kept answer; from is memory, shared (another process made
// it) or flight (another request was computing it).
func (m *Metrics) CacheHit(from string) { m.cacheHits.WithLabelValues(from).Inc() }

// CacheMiss counts one computed query whose answer may be kept.
func (m *Metrics) CacheMiss() { m.cacheMisses.Inc() }

// DBQuery counts one statement; kind is read or write.
func (m *Metrics) DBQuery(kind string) { m.dbQueries.WithLabelValues(kind).Inc() }

// Claim counts one attempt to claim a coupon; outcome is ok or the code that refused it.
func (m *Metrics) Claim(outcome string) { m.claims.WithLabelValues(outcome).Inc() }

// ClaimBatch observes how many claims one transaction held.
func (m *Metrics) ClaimBatch(size int) { m.claimBatchSize.Observe(float64(size)) }

// LiveSubscribers counts clients that come to a live field (+1) and leave it (−1).
func (m *Metrics) LiveSubscribers(field string, delta int) {
	m.liveSubscribers.WithLabelValues(field).Add(float64(delta))
}

// LiveExecution counts one computation of a live field.
func (m *Metrics) LiveExecution(field string) { m.liveExecutions.WithLabelValues(field).Inc() }

// LiveDeliveries returns what counts the events of a live field that were handed to clients. Keep it:
// looking the field up costs as much as handing out an event.
func (m *Metrics) LiveDeliveries(field string) func(events int) {
	counter := m.liveDeliveries.WithLabelValues(field)
	return func(events int) { counter.Add(float64(events)) }
}

// Job counts one run of a background job; outcome is ok, retry, discarded or cancelled.
func (m *Metrics) Job(kind, outcome string) { m.jobs.WithLabelValues(kind, outcome).Inc() }

// EventsUnpublished tells how many committed events wait to be published.
func (m *Metrics) EventsUnpublished(n int) { m.eventsUnpublished.Set(float64(n)) }

// HTTPRequest counts one answered request. pathClass names a group of paths, never a path.
func (m *Metrics) HTTPRequest(pathClass string, code int) {
	m.httpRequests.of(requestLabels{pathClass, code}).Inc()
}

// LLMCall counts one call of a language model: who answered, for what, how it ended, the tokens of what was asked
// and of what was answered, and what they cost. firstToken is the time to the first text; 0 when none came.
func (m *Metrics) LLMCall(provider, purpose, outcome string, prompt, completion int, cost float64, firstToken time.Duration) {
	m.llmCalls.WithLabelValues(provider, purpose, outcome).Inc()
	m.llmTokens.WithLabelValues(provider, "prompt").Add(float64(prompt))
	m.llmTokens.WithLabelValues(provider, "completion").Add(float64(completion))
	m.llmCost.WithLabelValues(provider).Add(cost)
	if firstToken > 0 {
		m.llmFirstToken.WithLabelValues(provider).Observe(firstToken.Seconds())
	}
}

// CounselReply counts one reply that has come to its end; outcome is completed, failed or cancelled.
func (m *Metrics) CounselReply(provider, outcome string) {
	m.counselReplies.WithLabelValues(provider, outcome).Inc()
}

// DashboardComputation counts one answer that was computed; kind is the kind of data, source where they are.
func (m *Metrics) DashboardComputation(kind, source string) {
	m.computations.WithLabelValues(kind, source).Inc()
}

// DashboardShared counts one answer that was taken from another replica; kind is the kind of data.
func (m *Metrics) DashboardShared(kind string) { m.dashboardShared.WithLabelValues(kind).Inc() }

// DashboardWaiting counts questions that begin to wait for a computation (+1) and wait no longer (−1).
func (m *Metrics) DashboardWaiting(kind string, delta int) {
	m.dashboardWaiting.WithLabelValues(kind).Add(float64(delta))
}

// SourceCall counts one question to a source outside; outcome is ok, cancelled, timeout, unavailable, quota,
// credentials, refused or too_large.
func (m *Metrics) SourceCall(source, outcome string) {
	m.sourceCalls.WithLabelValues(source, outcome).Inc()
}
