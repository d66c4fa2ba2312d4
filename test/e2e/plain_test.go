package e2e_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/graph"
	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/test/chaos"
	"github.com/moa-bff/moa/test/testkit"
)

// randomDocuments is how many documents nobody has thought of are compared.
const randomDocuments = 400

// mostErrors is how many errors an answer tells at the most.
const mostErrors = 10

// TestAnswersAreThoseOfGqlgen holds the changed executor (internal/platform/exec) to gqlgen's own: the same
// program with nothing but gqlgen's generated code, on a copy of the same rows, must give the same bytes,
// the same errors at the same paths, and the same status. Some of the rows are broken by hand, so that nulls
// stand where the schema allows none.
func TestAnswersAreThoseOfGqlgen(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	plain := buildPlain(t, base)
	original, copied := filepath.Join(base, "a"), filepath.Join(base, "b")
	tokens := furnish(t, base, original)
	breakRows(t, filepath.Join(original, "moa.db"))
	require.NoError(t, os.CopyFS(copied, os.DirFS(original)))

	ours := serveFrom(t, base, binary, original)
	theirs := serveFrom(t, base, plain, copied)
	ids := identities(t, filepath.Join(original, "moa.db"))
	nulled := 0
	for _, body := range append(chosen(ids), random(t, ids)...) {
		for who, token := range tokens {
			status, want := post(t, theirs.url, token, body)
			gotStatus, got := post(t, ours.url, token, body)
			require.Equal(t, status, gotStatus, "%s as %s", body, who)
			require.Equal(t, want.data, got.data, "%s as %s", body, who)
			require.Equal(t, want.errors, got.errors, "%s as %s", body, who)
			if strings.Contains(strings.Join(got.errors, ""), "INTERNAL") {
				nulled++
			}
		}
	}
	require.Positive(t, nulled, "no document came upon the broken rows")
}

// buildPlain builds Moa with gqlgen's own executor.
func buildPlain(t *testing.T, base string) string {
	t.Helper()
	for _, tool := range []string{"git", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			unlessCI(t, "comparing with gqlgen needs "+tool)
		}
	}
	source, program := filepath.Join(base, "source"), filepath.Join(base, "plain")
	generate := exec.Command("go", "run", "./internal/platform/exec/execgen", "-plain", source)
	generate.Dir = filepath.Join("..", "..")
	out, err := generate.CombinedOutput()
	require.NoError(t, err, "%s", out)
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = source
	out, err = build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func unlessCI(t *testing.T, reason string) {
	t.Helper()
	if testkit.OnCI() {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// serveFrom serves the rows of a folder, without keeping answers.
func serveFrom(t *testing.T, base, program, folder string) *server {
	t.Helper()
	s, err := launchProgram(program, filepath.Join(base, filepath.Base(program)), []string{
		"MOA_ADDR=127.0.0.1:0", "MOA_PUBLIC_URL=http://moa.example", "MOA_DATA_DIR=" + folder, "MOA_RESPONSE_CACHE=0",
		"MOA_LIMIT_VIEWER_RATE=100000",
	})
	require.NoError(t, err)
	t.Cleanup(func() { s.finish(t) })
	return s
}

// furnish fills a folder with the demo neighbourhood and some claims, and returns who may ask.
func furnish(t *testing.T, base, folder string) map[string]string {
	t.Helper()
	s := serveFrom(t, base, binary, folder)
	tokens := map[string]string{"a guest": ""}
	for _, name := range []string{"user", "owner", "admin"} {
		who, err := signIn(s.url, name+"@moa.example", demo.Password)
		require.NoError(t, err)
		tokens[name] = who.token
		a, err := who.ask(`{ coupons(first: 5) { edges { node { id } } } }`, nil)
		require.NoError(t, err)
		for i := range 4 {
			id, err := a.at(fmt.Sprintf("coupons.edges.%d.node.id", i))
			require.NoError(t, err)
			_, err = who.ask(`mutation($c: ID!) { claimCoupon(input: {couponId: $c}) { claim { id } userErrors { code } }
				followCoupon(input: {couponId: $c}) { userErrors { code } } }`, map[string]any{"c": id})
			require.NoError(t, err)
		}
	}
	require.NoError(t, s.terminate())
	return tokens
}

// breakRows takes away what other rows refer to: the owner of a store, the store of a coupon, the coupon
// of a claim.
func breakRows(t *testing.T, file string) {
	t.Helper()
	rows, err := sql.Open("sqlite3", "file:"+file+"?_foreign_keys=0")
	require.NoError(t, err)
	defer rows.Close()
	for _, statement := range []string{
		`UPDATE stores SET owner_id = 'usr_00000000000000000000000000' WHERE id = (SELECT MIN(id) FROM stores)`,
		`UPDATE coupons SET store_id = 'sto_00000000000000000000000000' WHERE id = (SELECT MAX(coupon_id) FROM coupon_claims)`,
		`UPDATE coupon_claims SET coupon_id = 'cpn_00000000000000000000000000' WHERE id = (SELECT MIN(id) FROM coupon_claims)`,
	} {
		result, err := rows.Exec(statement)
		require.NoError(t, err)
		n, err := result.RowsAffected()
		require.NoError(t, err)
		require.EqualValues(t, 1, n, statement)
	}
}

// identities returns all ids.
func identities(t *testing.T, file string) []string {
	t.Helper()
	rows, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	require.NoError(t, err)
	defer rows.Close()
	found, err := rows.Query(`SELECT id FROM stores UNION SELECT id FROM coupons UNION SELECT id FROM coupon_claims UNION SELECT id FROM users`)
	require.NoError(t, err)
	defer found.Close()
	var ids []string
	for found.Next() {
		var id string
		require.NoError(t, found.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(t, found.Err())
	require.NotEmpty(t, ids)
	return ids
}

// chosen are documents that tread where the two executors part.
func chosen(ids []string) [][]byte {
	const page = `edges { cursor node { ...S owner { ...U } coupons(first: 3) { totals: pageInfo { hasNextPage } edges { cursor node { ...C store { ...S owner { ...U } } } } } } }`
	const fragments = `fragment U on User { id name avatarUrl __typename }
		fragment S on Store { id name category description location { latitude longitude } followerCount isFollowed imageUrl createdAt }
		fragment C on Coupon { id title discount { kind value maxAmount } remaining status isFollowed viewerClaim { id code status coupon { id } } startsAt }`
	all, err := json.Marshal(ids)
	if err != nil {
		panic(err)
	}
	documents := []string{
		`{ __typename }`,
		`{ stores(first: 20) { ` + page + ` pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } ` + fragments,
		`{ a: stores(first: 2) { ` + page + ` } b: stores(last: 2) { ` + page + ` } } ` + fragments,
		`{ stores(first: 2) { edges { node { x: coupons(first: 1) { edges { node { id } } } y: coupons(first: 2, orderBy: {field: POPULARITY}) { edges { node { id store { id } } } } } } } }`,
		`{ stores { edges { node { coupons(after: "nonsense") { edges { node { id } } } name } } } }`,
		`{ stores { edges { node { id coupons(first: -1) { edges { node { id } } } } } } }`,
		`{ stores { edges { node { id coupons(filter: {search: "a"}) { edges { node { id } } } } } } }`,
		`{ stores { edges { node { id id name ... on Store { name category } ...F } } } } fragment F on Node { id ... on Store { owner { id } owner { name } } }`,
		`query($no: Boolean = false) { stores { edges { node @include(if: $no) { id } cursor @skip(if: $no) } } }`,
		`query($no: Boolean = false) { stores { edges { node { owner @include(if: $no) { id } coupons(first: 1) @skip(if: $no) { edges { node { store @skip(if: true) { id } title } } } } } } }`,
		`{ viewer { id email name claims { edges { node { id status code claimedAt coupon { title store { name owner { name } } } user { id } } } } follows { edges { node { id store { name } coupon { title store { id } } } } } stores { edges { node { name coupons { edges { node { usage(from: "2026-01-01", to: "2026-01-03") { date claimed } } } } } } } } }`,
		`{ nodes(ids: ` + string(all) + `) { __typename id ... on Store { owner { name } } ... on Coupon { store { name } viewerClaim { id } } ... on CouponClaim { coupon { title store { id } } } ... on User { email stores { edges { node { id } } } } } }`,
		`{ nodes(ids: ["x", "sto_1", "cpn_00000000000000000000000000"]) { id } coupon(id: "no") { id } store(id: "") { id } }`,
		`{ events(first: 3) { edges { node { id topic } } } }`,
		`{ recommendedCoupons { reason source coupon { id store { name } } } }`,
		`mutation { claimCoupon(input: {couponId: "cpn_00000000000000000000000000"}) { claim { id coupon { store { id } } } userErrors { code message path } } }`,
		`mutation { followStore(input: {storeId: "nothing"}) { store { id owner { id } } userErrors { code } } }`,
		`{ nothing }`, `{`, `{ stores(first: "two") { edges { cursor } } }`, `subscription { couponStock(couponId: "x") { remaining } }`,
	}
	for _, id := range ids {
		documents = append(documents,
			`{ store(id: "`+id+`") { ...S owner { ...U } coupons { edges { node { ...C } } } } coupon(id: "`+id+`") { ...C store { ...S owner { ...U } } } } `+fragments)
	}
	bodies := make([][]byte, len(documents))
	for i, document := range documents {
		body, err := json.Marshal(map[string]any{"query": document})
		if err != nil {
			panic(err)
		}
		bodies[i] = body
	}
	return bodies
}

// random are documents of the whole schema. Jobs are left out: each server has its own.
func random(t *testing.T, ids []string) [][]byte {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	var fields []string
	for _, f := range schema.Query.Fields {
		if !strings.HasPrefix(f.Name, "__") && f.Name != "jobs" {
			fields = append(fields, f.Name)
		}
	}
	author := &chaos.Author{Schema: schema, Rand: rand.New(rand.NewPCG(seed, 0)), Wild: 0.01, MaxDepth: 6}
	author.Value = func(typeName, _ string) (any, bool) {
		if typeName == "ID" {
			return ids[author.Rand.IntN(len(ids))], true
		}
		return nil, false
	}
	bodies := make([][]byte, randomDocuments)
	for i := range bodies {
		op := author.Ask(ast.Query, fields[author.Rand.IntN(len(fields))], fields[author.Rand.IntN(len(fields))])
		body, err := json.Marshal(op)
		require.NoError(t, err)
		bodies[i] = body
	}
	return bodies
}

// compared is what must be equal of two answers: the bytes of the data, and the errors without the ids of
// the requests, in any order, because gqlgen finds them side by side.
type compared struct {
	data   string
	errors []string
}

func post(t *testing.T, url, token string, body []byte) (int, compared) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := transport.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var a struct {
		Data   json.RawMessage  `json:"data"`
		Errors []map[string]any `json:"errors"`
	}
	require.NoError(t, json.Unmarshal(text, &a), "%s", text)
	answer := compared{data: string(a.Data)}
	for _, e := range a.Errors {
		if extensions, ok := e["extensions"].(map[string]any); ok {
			delete(extensions, "requestId")
		}
		line, err := json.Marshal(e)
		require.NoError(t, err)
		answer.errors = append(answer.errors, string(line))
	}
	slices.Sort(answer.errors)
	if len(answer.errors) == mostErrors { // which ones are told depends on which came first
		answer.errors = answer.errors[:0]
	}
	return response.StatusCode, answer
}
