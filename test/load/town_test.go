package load

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// ground is what a town stands on.
type ground struct {
	name     string
	replicas int // on PostgreSQL and Redis; none for SQLite alone
}

// grounds are what everything is measured on.
func grounds() []ground {
	return []ground{{"SQLite", 0}, {"PostgreSQL + Redis, 2 replicas", 2}}
}

// each runs a test on each ground, one after the other: side by side they would measure one another.
func each(t *testing.T, test func(t *testing.T, g ground)) {
	t.Helper()
	for _, g := range grounds() {
		t.Run(strings.Fields(g.name)[0], func(t *testing.T) { test(t, g) })
	}
}

// town is a Moa of the test's own: its settings, its servers, and a look at its rows.
type town struct {
	settings []string
	servers  []*process
	urls     []string // the GraphQL endpoint of each server
	redis    *process
	postgres bool
	source   string  // the URL of the database, or the path of its file
	rows     *sql.DB // one connection, for looking only
	driver   *Driver
	admin    string // the token of an operator
}

const (
	adminEmail    = "operator@load.moa.example"
	adminPassword = "moa-load-1234"
)

// found makes a town without people: a migrated database and an operator. Nothing runs yet.
func found(t *testing.T, g ground) *town {
	t.Helper()
	dir := t.TempDir()
	town := &town{postgres: g.replicas > 0, driver: NewDriver(2000), settings: []string{
		"MOA_ADDR=127.0.0.1:0", "MOA_DATA_DIR=" + dir, "MOA_LOG_LEVEL=warn",
		"MOA_TOKEN_KEY=a key of load tests, which is no secret",
		"MOA_VAULT_KEY=YS1rZXktb2YtbG9hZC10ZXN0cy4tSXQtaXMtbm9uZS4=",
	}}
	t.Cleanup(town.driver.Close)
	town.source = filepath.Join(dir, "moa.db")
	kind, source := "sqlite3", "file:"+(&url.URL{Path: town.source}).EscapedPath()+"?_query_only=true&_busy_timeout=5000"
	if town.postgres {
		town.source = testkit.PostgresDatabase(t)
		kind, source = "pgx", town.source
		town.settings = append(town.settings, "MOA_DATABASE_URL="+source, "MOA_DATABASE_CONNS=16")
		var address string
		address, town.redis = startRedis(t)
		town.settings = append(town.settings, "MOA_REDIS_URL="+address)
	}
	town.run(t, "migrate")
	addUser := moa(t, town.settings, "user", "add", "-email", adminEmail, "-role", "ADMIN", "-password-stdin")
	addUser.cmd.Stdin = strings.NewReader(adminPassword + "\n")
	addUser.output(t)

	rows, err := sql.Open(kind, source)
	require.NoError(t, err)
	rows.SetMaxOpenConns(1)
	town.rows = rows
	t.Cleanup(func() { require.NoError(t, rows.Close()) })
	return town
}

// run runs a command of Moa and returns what it printed.
func (town *town) run(t *testing.T, args ...string) string {
	t.Helper()
	return moa(t, town.settings, args...).output(t)
}

// seed adds users and returns their tokens.
func (town *town) seed(t *testing.T, users int) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tokens")
	town.run(t, "seed", "-users", strconv.Itoa(users), "-tokens", file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	tokens := strings.Fields(string(text))
	require.Len(t, tokens, users)
	return tokens
}

// open starts the servers and signs the operator in.
func (town *town) open(t *testing.T, g ground) {
	t.Helper()
	for range max(1, g.replicas) {
		server := moa(t, town.settings, "serve")
		address := server.start(t, regexp.MustCompile(`GraphQL +(http://\S+)`))[1]
		town.servers, town.urls = append(town.servers, server), append(town.urls, address)
	}
	var in struct {
		SignIn struct{ Session struct{ AccessToken string } }
	}
	town.ask(t, "", `mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) { session { accessToken } userErrors { code } } }`,
		map[string]any{"e": adminEmail, "p": adminPassword}, &in)
	town.admin = in.SignIn.Session.AccessToken
	require.NotEmpty(t, town.admin)
}

// body returns the JSON of a request.
func body(t *testing.T, query string, variables map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	return text
}

// ask asks the first server and reads the data of the answer, which must have no errors.
func (town *town) ask(t *testing.T, token, query string, variables map[string]any, data any) {
	t.Helper()
	reply := town.driver.Ask(t.Context(), Call{URL: town.urls[0], Token: token, Body: body(t, query, variables)})
	read(t, reply, data)
	require.NotContains(t, string(reply.Body), `"userErrors":[{`)
}

// read reads the data of an answer that has no top-level errors.
func read(t *testing.T, reply Reply, data any) {
	t.Helper()
	require.NoError(t, reply.Err)
	answer := struct {
		Data   any
		Errors []any
	}{Data: data}
	require.NoError(t, json.Unmarshal(reply.Body, &answer), "%s", reply.Body)
	require.Empty(t, answer.Errors, "%s", reply.Body)
}

// publish makes the operator publish a coupon in an imported store and returns its id.
func (town *town) publish(t *testing.T, quantity int) string {
	t.Helper()
	var stores struct {
		Stores struct {
			Edges []struct{ Node struct{ ID string } }
		}
	}
	town.ask(t, "", `{ stores(first: 1, filter: {search: "불러온"}) { edges { node { id } } } }`, nil, &stores)
	require.Len(t, stores.Stores.Edges, 1, "a store from testdata/stores.csv")
	now := time.Now()
	var made struct {
		CreateCoupon struct{ Coupon struct{ ID string } }
	}
	town.ask(t, town.admin, `mutation($input: CreateCouponInput!) { createCoupon(input: $input) { coupon { id } userErrors { code message } } }`,
		map[string]any{"input": map[string]any{
			"storeId": stores.Stores.Edges[0].Node.ID, "title": "선착순 경주", "quantity": quantity,
			"discount": map[string]any{"kind": "AMOUNT", "value": 1000},
			"startsAt": now, "endsAt": now.Add(time.Hour), "expiresAt": now.Add(24 * time.Hour),
		}}, &made)
	return made.CreateCoupon.Coupon.ID
}

// spent is the time on the processors of each part.
type spent struct{ moa, postgres, redis time.Duration }

// spent returns what the servers have spent so far, together.
func (town *town) spent(t *testing.T) spent {
	t.Helper()
	var s spent
	for _, server := range town.servers {
		s.moa += cpu(server.pid())
	}
	if town.redis != nil {
		s.redis = cpu(town.redis.pid())
	}
	if town.postgres {
		for _, pid := range town.backends(t) {
			s.postgres += cpu(pid)
		}
	}
	return s
}

// backends returns the processes of PostgreSQL that work for this town alone.
func (town *town) backends(t *testing.T) []int {
	t.Helper()
	rows, err := town.rows.QueryContext(t.Context(),
		"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	require.NoError(t, err)
	defer rows.Close()
	var pids []int
	for rows.Next() {
		var pid int
		require.NoError(t, rows.Scan(&pid))
		pids = append(pids, pid)
	}
	require.NoError(t, rows.Err())
	return pids
}

// since returns what was spent after earlier.
func (s spent) since(earlier spent) spent {
	return spent{s.moa - earlier.moa, s.postgres - earlier.postgres, s.redis - earlier.redis}
}

// each returns the share of one of n operations.
func (s spent) each(n int) spent {
	d := time.Duration(n)
	return spent{s.moa / d, s.postgres / d, s.redis / d}
}

// all returns the sum.
func (s spent) all() time.Duration { return s.moa + s.postgres + s.redis }

func (s spent) String() string {
	return fmt.Sprintf("%s + %s + %s", Milliseconds(s.moa), Milliseconds(s.postgres), Milliseconds(s.redis))
}
