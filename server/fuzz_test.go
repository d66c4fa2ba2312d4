package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server"
	"github.com/moa-bff/moa/test/testkit"
)

// identities is what an identity can be asked for with, in every way that the schema has.
const identities = `{
	node(id: ID) { __typename id }
	nodes(ids: [ID, ID]) { id }
	store(id: ID) { id }
	coupon(id: ID) { id }
	stores(first: 1, filter: {ownerId: ID}) { edges { node { id } } }
	coupons(first: 1, filter: {storeId: ID}) { edges { node { id } } }
	events(first: 1, filter: {subject: ID}) { edges { node { id } } }
}`

// FuzzNode asks for things by identities of any text, in the document and as a variable, on both databases.
// What is found has exactly this identity; the rest is null or an invalid argument. In the text, {store}
// stands for the identity of a store that exists, and so on.
func FuzzNode(f *testing.F) {
	var grounds []ground
	for _, m := range []*moa{start(f), start(f, seeded(f))} {
		admin := m.as(f, "admin")
		grounds = append(grounds, ground{admin, admin.existing(f)})
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 10_000 {
			return // no JSON holds it
		}
		for _, g := range grounds {
			id := g.names.Replace(text)
			literal, err := json.Marshal(id)
			require.NoError(t, err)
			document := strings.ReplaceAll(identities, "ID", string(literal))
			g.requireExact(t, id, g.admin.do(t, document, nil))
			document = "query($id: ID!, $ids: [ID!]!) " + strings.NewReplacer("[ID, ID]", "$ids", "ID", "$id").Replace(identities)
			g.requireExact(t, id, g.admin.do(t, document, map[string]any{"id": id, "ids": []string{id, id}}))
		}
	})
}

// seeded returns the setting for a PostgreSQL database with the demo neighbourhood.
func seeded(t testing.TB) string {
	t.Helper()
	setting := "MOA_DATABASE_URL=" + testkit.PostgresDatabase(t)
	require.NoError(t, server.Main(t.Context(), server.Process{
		Args: []string{"seed"}, Environ: []string{setting, "MOA_DATA_DIR=" + t.TempDir(), "MOA_LOG_LEVEL=error"},
		Stdout: io.Discard, Stderr: testWriter{t},
	}))
	return setting
}

// ground is a Moa with one of its operators and the identities of what exists there.
type ground struct {
	admin client
	names *strings.Replacer
}

// existing returns what replaces {store} and the like by the identity of one that exists.
func (c client) existing(t testing.TB) *strings.Replacer {
	t.Helper()
	var a answer
	require.Eventually(t, func() bool { // the first job is asked for soon after the start
		a = c.must(t, `{ viewer { id } stores(first: 1) { edges { node { id } } } coupons(first: 1) { edges { node { id } } }
			jobs(first: 1) { edges { node { id } } } }`, nil)
		return len(a.get(t, "jobs.edges").([]any)) == 1
	}, 10*time.Second, 10*time.Millisecond)
	return strings.NewReplacer(
		"{user}", a.get(t, "viewer.id").(string),
		"{store}", a.get(t, "stores.edges.0.node.id").(string),
		"{coupon}", a.get(t, "coupons.edges.0.node.id").(string),
		"{job}", a.get(t, "jobs.edges.0.node.id").(string),
	)
}

// prefixes are those of the types, see ent/schema.
var prefixes = map[string]string{
	"User": "usr_", "Store": "sto_", "Coupon": "cpn_", "CouponClaim": "clm_", "Follow": "fol_", "Event": "evt_", "Job": "job_",
}

func (g ground) requireExact(t *testing.T, id string, a answer) {
	t.Helper()
	for _, e := range a.Errors {
		require.Equal(t, "INVALID_ARGUMENT", e.Extensions["code"], "%q: %s", id, e.Message)
	}
	if a.Status == http.StatusBadRequest || string(a.Data) == "null" || len(a.Data) == 0 {
		require.NotEmpty(t, a.Errors, "%q", id)
		return
	}
	var found struct {
		Node *struct {
			ID   string
			Type string `json:"__typename"`
		}
		Nodes         []*struct{ ID string }
		Store, Coupon *struct{ ID string }
	}
	require.NoError(t, json.Unmarshal(a.Data, &found))
	require.Len(t, found.Nodes, 2)
	for _, n := range append(found.Nodes, found.Store, found.Coupon) {
		require.True(t, n == nil || n.ID == id, "%q found %v", id, n)
	}
	require.Equal(t, found.Node == nil, found.Nodes[0] == nil, "%q", id)
	require.Equal(t, found.Nodes[0] == nil, found.Nodes[1] == nil, "%q", id)
	if found.Node != nil {
		require.Equal(t, id, found.Node.ID)
		require.True(t, strings.HasPrefix(id, prefixes[found.Node.Type]), "%q is a %s", id, found.Node.Type)
	}
}
