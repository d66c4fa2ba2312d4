package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
)

func TestTheWarehouseAnswersQuestionsAboutOrdersAndAds(t *testing.T) {
	t.Parallel()
	server, settings := warehouse(t, func(s trinotest.Statement) trinotest.Answer {
		a := revenues()
		if strings.Contains(s.SQL, "FROM ads") {
			a = trinotest.Answer{Columns: trinotest.Columns("spend decimal(38,4)"), Pages: [][][]any{{{"70.5000"}}}}
		}
		a.Queued, a.Busy, a.BusyPages = 2, 1, 1
		return a
	})
	m := start(t, settings...)
	admin := m.as(t, "admin")
	require.JSONEq(t, `[{"name":"orders","source":"TRINO"},{"name":"coupons","source":"DATABASE"},{"name":"ads","source":"TRINO"},{"name":"visits","source":"DATABASE"},{"name":"counsel","source":"DATABASE"}]`,
		string(marshal(t, admin.must(t, `{ dataKinds { name source } }`, nil).get(t, "dataKinds"))))
	a := admin.must(t, byCategory, nil)
	require.Equal(t, []any{
		map[string]any{"keys": []any{"카페"}, "values": []any{12.34}}, map[string]any{"keys": []any{"빵집"}, "values": []any{0.0001}},
	}, a.get(t, "analysis.rows"), "of two pages, after it had to wait and to come back")
	require.Equal(t, map[string]any{"source": "TRINO", "cached": false}, a.get(t, "analysis.freshness"))
	require.Equal(t, true, admin.must(t, byCategory, nil).get(t, "analysis.freshness.cached"))
	require.Equal(t, []any{70.5}, admin.must(t, `{ `+question("ads", "spend", "")+` }`, nil).get(t, "analysis.totals"))
	require.Equal(t, "DATABASE", admin.must(t, sessions, nil).get(t, "analysis.freshness.source"))

	asked := server.Statements()
	require.Len(t, asked, 2)
	require.Equal(t, []string{"moa", "hive", "town", "moa"}, []string{asked[0].User, asked[0].Catalog, asked[0].Schema, asked[0].Source})
	require.Contains(t, asked[0].Args, "'2025-12-31T15:00:00Z'", "the day begins in Seoul")
	require.Empty(t, server.Refused)
	require.Equal(t, 1, m.metric(t, `moa_dashboard_computations_total{kind="orders",source="trino"}`), "the second was kept")
	require.Equal(t, 1, m.metric(t, `moa_dashboard_computations_total{kind="visits",source="database"}`))
	require.Equal(t, 2, m.metric(t, `moa_source_calls_total{outcome="ok",source="trino"}`))
	require.Contains(t, m.page(t, "/readyz"), `"trino":{"status":"ok","detail":"Trino 476"`)

	m.as(t, "owner").must(t, byCategory, nil)
	require.Contains(t, server.Statements()[2].SQL, "FALSE", "the warehouse knows none of the owner's stores")
}

func TestWhatTheWarehouseRefusesHasACode(t *testing.T) {
	t.Parallel()
	var next atomic.Pointer[trinotest.Answer]
	server, settings := warehouse(t, func(trinotest.Statement) trinotest.Answer { return *next.Load() })
	m := start(t, settings...)
	admin := m.as(t, "admin")
	failed := func(name, kind string) trinotest.Answer {
		return trinotest.Answer{Queued: 1, Error: &trinotest.Error{Name: name, Type: kind, Message: "line 1:8: MARKER-of-the-statement"}}
	}
	for _, fails := range []struct {
		name    string
		answer  trinotest.Answer
		code    string
		outcome string
	}{
		{"a statement that is wrong", failed("COLUMN_NOT_FOUND", "USER_ERROR"), "INTERNAL", "refused"},
		{"a queue that is full", failed("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"), "UNAVAILABLE", "unavailable"},
		{"a store behind it", failed("HIVE_METASTORE_ERROR", "EXTERNAL"), "UNAVAILABLE", "unavailable"},
		{"its own time limit", failed("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES"), "UNAVAILABLE", "timeout"},
		{"a name that it does not let in", trinotest.Answer{Status: http.StatusUnauthorized}, "UNAVAILABLE", "credentials"},
		{"a fault of its own", trinotest.Answer{Status: http.StatusInternalServerError}, "UNAVAILABLE", "unavailable"},
	} {
		series := `moa_source_calls_total{outcome="` + fails.outcome + `",source="trino"}`
		before := m.metric(t, series)
		next.Store(&fails.answer)
		a := admin.do(t, byCategory, nil)
		require.Equal(t, fails.code, a.code(), fails.name)
		require.NotContains(t, string(marshal(t, a.Errors)), "MARKER", fails.name)
		require.Equal(t, before+1, m.metric(t, series), fails.name)
	}
	server.Close()
	require.Equal(t, "UNAVAILABLE", admin.do(t, byCategory, nil).code())
	require.Contains(t, m.page(t, "/readyz"), `"status":"degraded"`, "and everything else goes on")
	m.as(t, "user").must(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { id } userErrors { code } } }`, map[string]any{"id": m.someCoupon(t)})
}

func TestADashboardShowsWhatItCanAndSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	_, settings := warehouse(t, func(s trinotest.Statement) trinotest.Answer {
		if strings.Contains(s.SQL, "FROM ads") {
			return trinotest.Answer{Error: &trinotest.Error{Name: "CLUSTER_OUT_OF_MEMORY", Type: "INSUFFICIENT_RESOURCES"}}
		}
		return revenues()
	})
	m := start(t, settings...)
	admin := m.as(t, "admin")
	widget := func(title, data, measure, more string) string {
		return `{title: "` + title + `", chart: TABLE, analysisInput: {data: "` + data + `", measures: ["` + measure + `"], period: {from: "2026-01-01", to: "2026-01-31"}` + more + `}}`
	}
	made := admin.must(t, `mutation { createDashboard(input: {title: "셋", widgets: [`+
		widget("주문", "orders", "revenue", `, dimensions: ["category"]`)+widget("광고", "ads", "spend", "")+widget("쿠폰", "coupons", "claims", "")+
		`]}) { dashboard { id } userErrors { code } } }`, nil)
	const shown = `dashboard(id: $id) { widgets { title result { totals freshness { source } } } }`
	variables := map[string]any{"id": made.get(t, "createDashboard.dashboard.id")}
	live := admin.subscribe(t, `subscription($id: ID!) { `+shown+` }`, variables)
	defer live.close(t)
	for _, a := range []answer{admin.do(t, `query($id: ID!) { `+shown+` }`, variables), live.next(t)} {
		require.Equal(t, "TRINO", a.get(t, "dashboard.widgets.0.result.freshness.source"))
		require.Nil(t, a.get(t, "dashboard.widgets.1.result"))
		require.Equal(t, "DATABASE", a.get(t, "dashboard.widgets.2.result.freshness.source"))
		require.Len(t, a.Errors, 1)
		require.Equal(t, "UNAVAILABLE", a.code())
		require.Equal(t, []any{"dashboard", "widgets", 1.0, "result"}, a.Errors[0].Path)
	}
}

// TestWhoLeavesCancelsTheQuery holds, for every way to ask, that the warehouse hears of a client that goes away.
func TestWhoLeavesCancelsTheQuery(t *testing.T) {
	t.Parallel()
	var stall atomic.Bool
	server, settings := warehouse(t, func(trinotest.Statement) trinotest.Answer {
		a := revenues()
		a.Stall = stall.Load()
		return a
	})
	m := start(t, settings...)
	admin := m.as(t, "admin")
	download := admin.must(t, byCategory, nil).get(t, "analysis.csvUrl").(string)
	stall.Store(true)
	other := `{ ` + question("orders", "revenue", `, dimensions: ["category"], limit: 7`) + ` }`

	query := admin.begin(t, other)
	id := told(t, server.Stalled)
	query.leave()
	require.Equal(t, id, told(t, server.Cancelled))
	require.Zero(t, told(t, query.ended).Status)

	live := admin.subscribe(t, `subscription `+other, nil)
	id = told(t, server.Stalled)
	live.close(t)
	require.Equal(t, id, told(t, server.Cancelled))

	file := admin.send(t, http.MethodGet, m.url+download, nil)
	id = told(t, server.Stalled)
	file.leave()
	require.Equal(t, id, told(t, server.Cancelled))
	require.Empty(t, server.Refused)
	m.counts(t, `moa_source_calls_total{outcome="cancelled",source="trino"}`, 3) // the warehouse hears of it first
}

// TestEqualQuestionsShareAQueryUntilTheLastHasLeft holds that one of two who leaves takes nothing from the other, and
// that the last who leaves ends the query.
func TestEqualQuestionsShareAQueryUntilTheLastHasLeft(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	var first atomic.Bool
	server, settings := warehouse(t, func(trinotest.Statement) trinotest.Answer {
		a := revenues()
		if first.CompareAndSwap(false, true) {
			a.Hold = hold
		} else {
			a.Stall = true
		}
		return a
	})
	m := start(t, settings...)
	admin := m.as(t, "admin")

	leaves, stays := admin.begin(t, byCategory), admin.begin(t, byCategory)
	told(t, server.Stalled)
	m.waiting(t, "orders", 2)
	leaves.leave()
	require.Zero(t, told(t, leaves.ended).Status)
	m.waiting(t, "orders", 1)
	close(hold)
	a := told(t, stays.ended)
	require.Empty(t, a.Errors)
	require.Len(t, a.get(t, "analysis.rows"), 2)
	require.Len(t, server.Statements(), 1)
	require.Empty(t, server.Cancelled)

	other := `{ ` + question("orders", "revenue", `, dimensions: ["category"], limit: 7`) + ` }`
	one, two := admin.begin(t, other), admin.begin(t, other)
	id := told(t, server.Stalled)
	m.waiting(t, "orders", 2)
	one.leave()
	m.waiting(t, "orders", 1)
	require.Empty(t, server.Cancelled, "somebody still waits")
	two.leave()
	require.Equal(t, id, told(t, server.Cancelled))
	m.waiting(t, "orders", 0)
	require.Len(t, server.Statements(), 2)
}

func TestAnalyticsAnswerWithTheCredentialOfEachStore(t *testing.T) {
	t.Parallel()
	server, settings := analytics(t, func(r ga4test.Request) ga4test.Answer {
		return ga4test.Answer{Rows: []ga4test.Row{{Metrics: []string{map[string]string{"111": "3", "222": "40"}[r.Property]}}}}
	})
	m := start(t, settings...)
	owner, baker, admin := m.as(t, "owner"), m.as(t, "baker"), m.as(t, "admin")
	require.Equal(t, []any{0.0}, owner.must(t, sessions, nil).get(t, "analysis.totals"), "nobody is connected")
	mine, theirs := owner.open(t, "내 가게"), baker.open(t, "남의 가게")
	a := owner.connect(t, mine, "properties/111", string(server.Account("mine")))
	require.Equal(t, ga4test.Email, a.get(t, "connectIntegration.integration.identity"))
	require.Equal(t, "111", a.get(t, "connectIntegration.integration.account"))
	require.Equal(t, "REFRESH_TOKEN", baker.connect(t, theirs, "222", string(server.Person())).get(t, "connectIntegration.integration.credentialKind"))

	tried := len(server.Requests())
	require.Equal(t, []any{3.0}, owner.must(t, sessions, nil).get(t, "analysis.totals"), "what was kept has ended with the connection")
	require.Equal(t, []any{40.0}, baker.must(t, sessions, nil).get(t, "analysis.totals"))
	require.Equal(t, []any{43.0}, admin.must(t, sessions, nil).get(t, "analysis.totals"))
	tokens := map[string]map[string]bool{"111": {}, "222": {}}
	for _, r := range server.Requests()[tried:] {
		tokens[r.Property][r.Token] = true
	}
	require.Len(t, tokens["111"], 1)
	require.Len(t, tokens["222"], 1)
	require.NotEqual(t, tokens["111"], tokens["222"])
	asked := server.Requests()[tried:]
	require.Equal(t, []string{"111", "222"}, []string{asked[0].Property, asked[1].Property}, "of each owner the own")

	// An owner sees own properties only, whatever the question says.
	for _, filter := range []string{`{field: "store", operator: EQ, values: ["` + theirs + `"]}`, `{field: "store", operator: NE, values: ["` + mine + `"]}`} {
		owner.must(t, `{ `+question("visits", "sessions", `, filters: [`+filter+`]`)+` }`, nil)
	}
	require.Len(t, server.Requests(), tried+4)
	require.Contains(t, m.page(t, "/readyz"), `"ga4":{"status":"ok","detail":"stores: 2"`)
	require.Equal(t, 4, m.metric(t, `moa_source_calls_total{outcome="ok",source="ga4"}`))
}

func TestAReportAsksWhatTheQuestionSays(t *testing.T) {
	t.Parallel()
	server, settings := analytics(t, func(r ga4test.Request) ga4test.Answer {
		if len(r.Dimensions) == 0 {
			return ga4test.Answer{}
		}
		return ga4test.Answer{Rows: []ga4test.Row{{Dimensions: []string{"20260131", "Direct"}, Metrics: []string{"5"}}}}
	})
	m := start(t, settings...)
	owner := m.as(t, "owner")
	require.Empty(t, owner.connect(t, owner.open(t, "내 가게"), "111", string(server.Person())).Errors)
	a := owner.must(t, `{ `+question("visits", "sessions", `, dimensions: ["date", "channel"], filters: [
		{field: "channel", operator: IN, values: ["Direct", "Email"]}, {field: "channel", operator: NE, values: ["Paid"]}, {field: "channel", operator: CONTAINS, values: ["ir"]}]`)+` }`, nil)
	require.Equal(t, []any{"2026-01-31", "Direct"}, a.get(t, "analysis.rows.0.keys"))
	require.JSONEq(t, `{
		"dateRanges": [{"startDate": "2026-01-01", "endDate": "2026-01-31"}],
		"dimensions": [{"name": "date"}, {"name": "sessionDefaultChannelGroup"}], "metrics": [{"name": "sessions"}], "limit": "10000",
		"orderBys": [{"dimension": {"dimensionName": "date"}}, {"dimension": {"dimensionName": "sessionDefaultChannelGroup"}}],
		"dimensionFilter": {"andGroup": {"expressions": [
			{"filter": {"fieldName": "sessionDefaultChannelGroup", "inListFilter": {"values": ["Direct", "Email"], "caseSensitive": true}}},
			{"notExpression": {"filter": {"fieldName": "sessionDefaultChannelGroup", "inListFilter": {"values": ["Paid"], "caseSensitive": true}}}},
			{"filter": {"fieldName": "sessionDefaultChannelGroup", "stringFilter": {"matchType": "CONTAINS", "value": "ir"}}}
		]}}}`, string(server.Requests()[1].Body))
}

func TestWhatAnalyticsRefuseHasACode(t *testing.T) {
	t.Parallel()
	var next atomic.Pointer[ga4test.Answer]
	var busy atomic.Int32
	next.Store(&ga4test.Answer{})
	server, settings := analytics(t, func(ga4test.Request) ga4test.Answer {
		if busy.Add(-1) >= 0 {
			return ga4test.Answer{Status: http.StatusServiceUnavailable, Reason: "UNAVAILABLE"}
		}
		return *next.Load()
	})
	m := start(t, settings...)
	owner := m.as(t, "owner")
	require.Empty(t, owner.connect(t, owner.open(t, "단골 카페"), "111", string(server.Person())).Errors)

	next.Store(&ga4test.Answer{Status: http.StatusTooManyRequests, Reason: "RESOURCE_EXHAUSTED", Message: "Exhausted property tokens per day.", RetryAfter: 90 * time.Second})
	a := owner.do(t, sessions, nil)
	require.Equal(t, "UNAVAILABLE", a.code())
	require.InDelta(t, 90, a.Errors[0].Extensions["retryAfter"], 0, "as long as Google says")
	require.Equal(t, 1, m.metric(t, `moa_source_calls_total{outcome="quota",source="ga4"}`))
	next.Store(&ga4test.Answer{Status: http.StatusBadRequest, Reason: "INVALID_ARGUMENT", Message: "MARKER of the report"})
	a = owner.do(t, sessions, nil)
	require.Equal(t, "INTERNAL", a.code())
	require.NotContains(t, string(marshal(t, a.Errors)), "MARKER")

	next.Store(&ga4test.Answer{Rows: []ga4test.Row{{Metrics: []string{"7"}}}, Sampled: true, DataLoss: true})
	busy.Store(2)
	a = owner.must(t, sessions, nil)
	require.Equal(t, []any{7.0}, a.get(t, "analysis.totals"), "what is busy is asked again")
	require.Len(t, a.get(t, "analysis.warnings"), 2, "and says how good its numbers are")

	server.Withdraw()
	a = owner.do(t, `{ `+question("visits", "page_views", "")+` }`, nil)
	require.Equal(t, "INVALID_ARGUMENT", a.code())
	require.Equal(t, "DASHBOARD_CREDENTIAL_REFUSED", a.Errors[0].Extensions["reason"])
	require.Contains(t, a.Errors[0].Message, "단골 카페")
}

func TestWhoLeavesClosesTheReport(t *testing.T) {
	t.Parallel()
	var stall atomic.Bool
	server, settings := analytics(t, func(ga4test.Request) ga4test.Answer { return ga4test.Answer{Stall: stall.Load()} })
	m := start(t, settings...)
	owner := m.as(t, "owner")
	for _, property := range []string{"111", "222"} {
		require.Empty(t, owner.connect(t, owner.open(t, property), property, string(server.Account(property))).Errors)
	}
	stall.Store(true)
	one, two := owner.begin(t, sessions), owner.begin(t, sessions)
	require.ElementsMatch(t, []string{"111", "222"}, []string{told(t, server.Stalled), told(t, server.Stalled)}, "side by side")
	m.waiting(t, "visits", 2)
	one.leave()
	m.waiting(t, "visits", 1)
	require.Empty(t, server.Gone, "somebody still waits")
	two.leave()
	require.ElementsMatch(t, []string{"111", "222"}, []string{told(t, server.Gone), told(t, server.Gone)})
	require.Empty(t, server.Stalled, "equal questions ask once")
}
