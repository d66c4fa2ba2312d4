package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
)

// scene is what one row of the table acts on: made anew for each caller, so that outcomes do not
// depend on each other.
type scene struct {
	m       *moa
	owner   client
	store   string
	coupon  string
	claimed string // a coupon of the same store, claimed by the neighbour
	claim   string // that claim
	code    string // its code
	user    string // some user's id
	job     string
	board   string // a dashboard of the owner
	serial  int

	// Of the owner, in scenes of counselling only:
	worry   string // a session that is answered
	reply   string // a message in it
	waiting string // a session that waits for an expert

	credential  string // that the platform takes
	integration string // of the store, in scenes of integrations only
}

// rows says, for each root field, how to ask for it. Everything is asked about a store of `owner`.
func rows(s scene) map[string]string {
	coupon := fmt.Sprintf(`coupon(id: %q)`, s.coupon)
	analysis := `analysis(input: {data: "orders", measures: ["revenue"], period: {from: "2026-01-01", to: "2026-01-31"}}) { totals }`
	now := time.Now().UTC()
	at := func(days int) string { return fmt.Sprintf("%q", now.AddDate(0, 0, days).Format(time.RFC3339)) }
	input := func(name, fields, selection string) string {
		return fmt.Sprintf(`mutation { %s(input: {%s}) { %s userErrors { code } } }`, name, fields, selection)
	}
	all := map[string]string{
		"Query.node":                    fmt.Sprintf(`{ node(id: %q) { id } }`, s.store),
		"Query.nodes":                   fmt.Sprintf(`{ nodes(ids: [%q, %q]) { id } }`, s.store, s.coupon),
		"Query.jobs":                    `{ jobs { edges { node { id } } } }`,
		"Query.events":                  `{ events { edges { node { id } } } }`,
		"Query.viewer":                  `{ viewer { id email } }`,
		"Query.store":                   fmt.Sprintf(`{ store(id: %q) { id owner { id } } }`, s.store),
		"Query.stores":                  `{ stores(first: 1) { edges { node { id } } } }`,
		"Query.coupon":                  `{ ` + coupon + ` { id viewerClaim { id } } }`,
		"Query.coupons":                 `{ coupons(first: 1) { edges { node { id } } } }`,
		"Query.recommendedCoupons":      `{ recommendedCoupons { source } }`,
		"Query.dataKinds":               `{ dataKinds { name } }`,
		"Query.analysis":                `{ ` + analysis + ` }`,
		"Query.analysis of counselling": `{ analysis(input: {data: "counsel", measures: ["sessions"], period: {from: "2026-01-01", to: "2026-01-31"}}) { totals } }`,
		"Subscription.analysis":         `subscription { ` + analysis + ` }`,
		"Query.dashboard":               fmt.Sprintf(`{ dashboard(id: %q) { id } }`, s.board),
		"Query.dashboards":              `{ dashboards { edges { node { id } } } }`,
		"Subscription.dashboard":        fmt.Sprintf(`subscription { dashboard(id: %q) { id } }`, s.board),
		"Mutation.createDashboard":      input("createDashboard", fmt.Sprintf(`title: "매출", storeId: %q`, s.store), `dashboard { id }`),
		"Mutation.updateDashboard":      input("updateDashboard", fmt.Sprintf(`id: %q, title: "새 매출"`, s.board), `dashboard { id }`),
		"Mutation.deleteDashboard":      input("deleteDashboard", fmt.Sprintf(`id: %q`, s.board), `dashboard { id }`),
		"Mutation.retryJob":             input("retryJob", fmt.Sprintf(`id: %q`, s.job), `job { id }`),
		"Mutation.signUp":               input("signUp", fmt.Sprintf(`email: "new%d@moa.example", password: "a good long one", name: "새 이웃"`, s.serial), `session { accessToken }`),
		"Mutation.signIn":               input("signIn", `email: "user@moa.example", password: "moa-demo-1234"`, `session { accessToken }`),
		"Mutation.refreshSession":       input("refreshSession", `refreshToken: "not a token"`, `session { accessToken }`),
		"Mutation.signOut":              input("signOut", `refreshToken: "not a token"`, `user { id }`),
		"Mutation.updateProfile":        input("updateProfile", `name: "이웃"`, `user { id }`),
		"Mutation.changePassword":       input("changePassword", `currentPassword: "not this one", newPassword: "a good long one"`, `user { id }`),
		"Mutation.deleteAccount":        input("deleteAccount", `password: "not this one"`, `user { id }`),
		"Mutation.setUserRole":          input("setUserRole", fmt.Sprintf(`userId: %q, role: USER`, s.user), `user { id }`),
		"Mutation.createUpload":         input("createUpload", `purpose: AVATAR, contentType: "image/png", byteSize: 100`, `upload { blobKey }`),
		"Mutation.createStore":          input("createStore", fmt.Sprintf(`name: "새 가게 %d", category: "카페"`, s.serial), `store { id }`),
		"Mutation.updateStore":          input("updateStore", fmt.Sprintf(`id: %q, description: "새 소개"`, s.store), `store { id }`),
		"Mutation.deleteStore":          input("deleteStore", fmt.Sprintf(`id: %q`, s.store), `store { id }`),
		"Mutation.followStore":          input("followStore", fmt.Sprintf(`storeId: %q`, s.store), `store { id }`),
		"Mutation.unfollowStore":        input("unfollowStore", fmt.Sprintf(`storeId: %q`, s.store), `store { id }`),
		"Mutation.createCoupon":         input("createCoupon", fmt.Sprintf(`storeId: %q, title: "쿠폰", discount: {kind: PERCENT, value: 5}, quantity: 1, startsAt: %s, endsAt: %s, expiresAt: %s`, s.store, at(0), at(1), at(2)), `coupon { id }`),
		"Mutation.updateCoupon":         input("updateCoupon", fmt.Sprintf(`id: %q, title: "새 제목"`, s.coupon), `coupon { id }`),
		"Mutation.deleteCoupon":         input("deleteCoupon", fmt.Sprintf(`id: %q`, s.coupon), `coupon { id }`),
		"Mutation.claimCoupon":          input("claimCoupon", fmt.Sprintf(`couponId: %q`, s.coupon), `claim { id }`),
		"Mutation.redeemCoupon":         input("redeemCoupon", fmt.Sprintf(`code: %q`, s.code), `claim { id }`),
		"Mutation.followCoupon":         input("followCoupon", fmt.Sprintf(`couponId: %q`, s.coupon), `coupon { id }`),
		"Mutation.unfollowCoupon":       input("unfollowCoupon", fmt.Sprintf(`couponId: %q`, s.coupon), `coupon { id }`),
		"Subscription.couponStock":      fmt.Sprintf(`subscription { couponStock(couponId: %q) { remaining } }`, s.coupon),
		"Subscription.couponPublished":  `subscription { couponPublished { cursor } }`,
		"Subscription.couponClaimed":    `subscription { couponClaimed { cursor } }`,
		"Coupon.usage":                  fmt.Sprintf(`{ %s { usage(from: "%s", to: "%[2]s") { claimed } } }`, coupon, now.Add(9*time.Hour).Format(time.DateOnly)),
		"CouponClaim.code of the other": fmt.Sprintf(`{ node(id: %q) { ... on CouponClaim { code } } }`, s.claim),
		"User.claims of the other":      fmt.Sprintf(`{ node(id: %q) { ... on User { claims { pageInfo { hasNextPage } } } } }`, s.user),
		"User.email of the other":       fmt.Sprintf(`{ node(id: %q) { ... on User { email } } }`, s.user),
		"User.follows of the other":     fmt.Sprintf(`{ node(id: %q) { ... on User { follows { pageInfo { hasNextPage } } } } }`, s.user),
	}
	maps.Copy(all, counselRows(s, input))
	maps.Copy(all, integrationRows(s, input))
	return all
}

// newScene makes a store of the owner with two coupons, one of them claimed by the neighbour.
func newScene(t *testing.T, m *moa, owner, neighbour client, serial int) scene {
	t.Helper()
	made := owner.must(t, `mutation($n: String!) { createStore(input: {name: $n, category: "카페"}) { store { id owner { id } } userErrors { code } } }`,
		map[string]any{"n": fmt.Sprintf("가게 %d", serial)})
	s := scene{m: m, owner: owner, serial: serial, store: made.get(t, "createStore.store.id").(string)}
	s.coupon, s.claimed = s.publish(t), s.publish(t)
	claim := neighbour.must(t, `mutation($c: ID!) { claimCoupon(input: {couponId: $c}) { claim { id code user { id } } userErrors { code } } }`, map[string]any{"c": s.claimed})
	s.code = claim.get(t, "claimCoupon.claim.code").(string)
	s.claim = claim.get(t, "claimCoupon.claim.id").(string)
	s.user = claim.get(t, "claimCoupon.claim.user.id").(string)
	s.job = "job_1"
	board := owner.must(t, `mutation { createDashboard(input: {title: "매출"}) { dashboard { id } userErrors { code } } }`, nil)
	s.board = board.get(t, "createDashboard.dashboard.id").(string)
	return s
}

// publish makes a coupon that can be claimed.
func (s scene) publish(t *testing.T) string {
	t.Helper()
	now := time.Now().UTC()
	a := s.owner.must(t, `mutation($s: ID!, $now: DateTime!, $end: DateTime!) { createCoupon(input: {storeId: $s, title: "쿠폰", discount: {kind: AMOUNT, value: 1000}, quantity: 10, startsAt: $now, endsAt: $end, expiresAt: $end}) { coupon { id } userErrors { code field } } }`,
		map[string]any{"s": s.store, "now": now.Format(time.RFC3339), "end": now.AddDate(0, 0, 3).Format(time.RFC3339)})
	return a.get(t, "createCoupon.coupon.id").(string)
}

// outcomeOf says in a word what a caller got.
func outcomeOf(t *testing.T, c client, s scene, query string) string {
	t.Helper()
	if !strings.HasPrefix(query, "subscription") {
		return word(c.do(t, query, nil))
	}
	stream := c.subscribe(t, query, nil)
	defer stream.close(t)
	first := make(chan answer, 1)
	go func() {
		var m struct{ Payload answer }
		if stream.conn.ReadJSON(&m) == nil {
			first <- m.Payload
		}
	}()
	for range 50 {
		select {
		case a := <-first:
			return word(a)
		case <-time.After(200 * time.Millisecond):
			// A log says nothing until something happens.
			id := s.publish(t)
			c.do(t, fmt.Sprintf(`mutation { claimCoupon(input: {couponId: %q}) { claim { id } } }`, id), nil)
		}
	}
	return "silence"
}

func word(a answer) string {
	if code := a.code(); code != "" {
		return code
	}
	text := string(a.Data)
	if _, rest, refused := strings.Cut(text, `"userErrors":[{"code":"`); refused {
		code, _, _ := strings.Cut(rest, `"`)
		return "userError " + code
	}
	switch {
	case strings.Contains(text, ":null") && !strings.Contains(text, `"id"`):
		return "null"
	case strings.Contains(text, `"viewer":null`):
		return "null"
	}
	return "ok"
}

// TestAuthorization holds who may do what. A new root field without its row fails; a changed outcome
// shows in the golden file.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	google, settings := analytics(t, ga4test.Always(ga4test.Answer{}))
	credential := string(google.Person())
	m := start(t, append(settings, "MOA_LIMIT_VIEWER_RATE=100000")...)
	owner, neighbour := m.as(t, "owner"), m.as(t, "jiho")
	callers := []struct {
		name string
		client
	}{
		{"anonymous", m.guest()},
		{"USER", m.as(t, "user")},
		{"OWNER", owner},
		{"OTHER OWNER", m.as(t, "baker")},
		{"COUNSELOR", m.as(t, "counselor")},
		{"ADMIN", m.as(t, "admin")},
	}
	fields := rows(scene{m: m})
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	requireEveryRootField(t, names)

	var table strings.Builder
	serial := 0
	for _, name := range names {
		fmt.Fprintf(&table, "%s\n", name)
		for _, c := range callers {
			serial++
			s := newScene(t, m, owner, neighbour, serial)
			s.credential = credential
			if isOfCounselling(name) {
				s.tell(t)
			}
			if strings.Contains(name, "ntegration") {
				s.integrate(t)
			}
			c.do(t, fmt.Sprintf(`mutation { followStore(input: {storeId: %q}) { store { id } } }`, s.store), nil)
			fmt.Fprintf(&table, "  %-12s %s\n", c.name, outcomeOf(t, c.client, s, rows(s)[name]))
		}
	}
	golden(t, "testdata/authorization.golden", table.String())
}

func requireEveryRootField(t *testing.T, rows []string) {
	t.Helper()
	schema := loadSchema(t)
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				require.Contains(t, rows, root.Name+"."+field.Name, "a root field needs its row")
			}
		}
	}
}
