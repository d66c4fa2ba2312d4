package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// publicPage is what the front page of an app would ask.
const publicPage = `{ stores(first: 5) { edges { node { id name followerCount owner { id name }
	coupons(first: 3) { edges { node { id title remaining status store { name } } } } } } } }`

// kept asks, and reports whether the answer was a kept one.
func kept(t testing.TB, c client, query string) (hit bool, data string) {
	t.Helper()
	a := c.must(t, query, nil)
	return a.Extensions.Cache.Hit, string(a.Data)
}

// fresh asks the same with a field beside it that is never kept.
func fresh(t testing.TB, c client, query string) string {
	t.Helper()
	a := c.must(t, strings.TrimSuffix(strings.TrimSpace(query), "}")+" zz: viewer { id } }", nil)
	require.False(t, a.Extensions.Cache.Hit)
	data, found := strings.CutSuffix(string(a.Data), `,"zz":null}`)
	require.True(t, found, "%s", a.Data)
	return data + "}"
}

func TestTheSecondAnswerIsAKeptOne(t *testing.T) {
	t.Parallel()
	m := start(t)
	hit, first := kept(t, m.guest(), publicPage)
	require.False(t, hit)
	hit, second := kept(t, m.guest(), publicPage)
	require.True(t, hit)
	require.Equal(t, first, second)
	hit, third := kept(t, m.as(t, "user"), publicPage)
	require.True(t, hit, "nobody asked who is asking: it is the same for everybody")
	require.Equal(t, first, third)
	require.Contains(t, m.page(t, "/metrics"), `moa_cache_hits_total{from="memory"} 2`)
	require.Contains(t, m.page(t, "/metrics"), `moa_cache_misses_total 1`)
}

func TestKeptAnswersCanBeOff(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_RESPONSE_CACHE=0")
	for range 2 {
		hit, _ := kept(t, m.guest(), publicPage)
		require.False(t, hit)
	}
}

func TestProductionDoesNotShowWhatIsKept(t *testing.T) {
	t.Parallel()
	m := start(t, production()...)
	for range 2 {
		require.NotContains(t, m.page(t, "/graphql?query="+url.QueryEscape(publicPage)), "extensions")
	}
	require.Contains(t, m.page(t, "/metrics"), `moa_cache_hits_total{from="memory"} 1`)
}

func TestWhatDependsOnTheViewerIsNeverKept(t *testing.T) {
	t.Parallel()
	m := start(t)
	user, other := m.as(t, "user"), m.as(t, "owner")
	storeID := user.must(t, `{ stores(first: 1) { edges { node { id } } } }`, nil).get(t, "stores.edges.0.node.id").(string)
	user.must(t, fmt.Sprintf(`mutation { followStore(input: {storeId: %q}) { userErrors { code } } }`, storeID), nil)
	for _, query := range []string{
		`{ store(id: "` + storeID + `") { isFollowed } }`,
		`{ store(id: "` + storeID + `") { ... on Store { name ...s } } } fragment s on Store { isFollowed }`,
		`{ stores(first: 1) { edges { node { owner { email } } } } }`,
		`{ coupons(first: 1) { edges { node { viewerClaim { id } } } } }`,
		`{ coupons(first: 1, filter: {search: "커피"}) { edges { node { id } } } }`,
		`{ viewer { name } }`,
		`{ recommendedCoupons { reason } }`,
		`{ node(id: "` + storeID + `") { id } }`,
		`{ __schema { queryType { name } } }`,
		`{ __typename }`,
	} {
		for range 2 {
			for _, c := range []client{user, other, m.guest()} {
				hit, _ := kept(t, c, query)
				require.False(t, hit, query)
			}
		}
	}
	followed := `{ store(id: "` + storeID + `") { isFollowed } }`
	require.Equal(t, true, user.must(t, followed, nil).get(t, "store.isFollowed"))
	require.Equal(t, false, m.guest().must(t, followed, nil).get(t, "store.isFollowed"))
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	m := start(t)
	for range 2 {
		a := m.guest().do(t, `{ stores(first: -1) { edges { node { id } } } }`, nil)
		require.NotEmpty(t, a.Errors)
		require.False(t, a.Extensions.Cache.Hit)
	}
}

func TestQuestionsAreToldApart(t *testing.T) {
	t.Parallel()
	m := start(t)
	const document = `query A($n: Int) { stores(first: $n) { edges { node { id } } } } query B($n: Int) { stores(first: $n) { edges { node { name } } } }`
	seen := map[string]bool{}
	for _, name := range []string{"A", "B"} {
		for n := range 3 {
			for round := range 2 {
				body, err := json.Marshal(map[string]any{"query": document, "operationName": name, "variables": map[string]any{"n": n + 1}})
				require.NoError(t, err)
				a := m.guest().post(t, body)
				require.Equal(t, round == 1, a.Extensions.Cache.Hit)
				if round == 0 {
					require.False(t, seen[string(a.Data)])
					seen[string(a.Data)] = true
				}
			}
		}
	}
}

func TestEveryMutationIsWalked(t *testing.T) {
	t.Parallel()
	known := append(slices.Sorted(maps.Keys((&town{}).mutations())), harmless...)
	for _, field := range loadSchema(t).Mutation.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			require.Contains(t, known, field.Name, "say in mutations() what guests see of it")
		}
	}
}

// walk does mutations, each several times at random, and calls check after each.
func (w *town) walk(rounds int, check func(done string)) {
	mutations := w.mutations()
	names := slices.Sorted(maps.Keys(mutations))
	for range rounds {
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			mutations[name]()
			check(name)
		}
	}
}

func TestNoAnswerIsOlderThanAnAcknowledgedChange(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_ADDRESS_RATE=1000000", "MOA_LIMIT_VIEWER_RATE=1000000")
	w := newTown(t, m)
	hits, asked := 0, 0
	w.walk(3, func(done string) {
		for _, q := range w.questions() {
			hit, data := kept(t, m.guest(), q)
			require.Equal(t, fresh(t, m.guest(), q), data, "%s after %s", q, done)
			if asked++; hit {
				hits++
			}
		}
	})
	require.Greater(t, hits, asked/10, "most changes leave most answers")
	t.Logf("%d of %d answers were kept ones", hits, asked)
}

// TestReadersSeeAcknowledgedChangesUnderLoad lets owners change their stores while a crowd reads: each owner
// reads, as a guest, what was acknowledged.
func TestReadersSeeAcknowledgedChangesUnderLoad(t *testing.T) {
	t.Parallel()
	m := start(t, "MOA_LIMIT_ADDRESS_RATE=1000000", "MOA_LIMIT_VIEWER_RATE=1000000")
	owner := m.as(t, "owner")
	var writers, crowd sync.WaitGroup
	stop := make(chan struct{})
	for writer := range 4 {
		made := owner.must(t, fmt.Sprintf(`mutation { createStore(input: {name: "가게 %d", category: "카페"}) { store { id } userErrors { code } } }`, writer), nil)
		id := made.get(t, "createStore.store.id").(string)
		writers.Go(func() {
			for n := range 30 {
				name := fmt.Sprintf("가게 %d의 %d", writer, n)
				owner.do(t, fmt.Sprintf(`mutation { updateStore(input: {id: %q, name: %q}) { userErrors { code } } }`, id, name), nil)
				for _, q := range []string{publicPage, `{ store(id: "` + id + `") { name } }`} {
					if a := m.guest().do(t, q, nil); !strings.Contains(string(a.Data), `"`+name+`"`) {
						t.Errorf("%s is not in %s", name, a.Data)
						return
					}
				}
			}
		})
		crowd.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					m.guest().do(t, publicPage, nil)
					m.guest().do(t, `{ store(id: "`+id+`") { name } }`, nil)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	crowd.Wait()
}

// redisServer runs a Redis of the test's own and returns its address.
func redisServer(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if testkit.OnCI() {
			t.Fatal("redis-server must be installed on CI")
		}
		t.Skip("no redis-server")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	command := exec.Command(program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait()
	})
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	require.Eventually(t, func() bool { return client.Ping(t.Context()).Err() == nil }, 10*time.Second, 10*time.Millisecond)
	return address
}

// replicas runs two Moas on one PostgreSQL and one Redis.
func replicas(t testing.TB) (here, there *moa) {
	t.Helper()
	both := twoReplicas(t)
	return both[0], both[1]
}

// acquainted waits until a replica answers from what is kept.
func acquainted(t testing.TB, m *moa) {
	t.Helper()
	require.Eventually(t, func() bool {
		hit, _ := kept(t, m.guest(), publicPage)
		return hit
	}, 20*time.Second, 10*time.Millisecond)
}

func TestNoAnswerOfAnotherReplicaIsOlderThanATenthOfASecond(t *testing.T) {
	t.Parallel()
	here, there := replicas(t)
	acquainted(t, here)
	acquainted(t, there)
	w := newTown(t, here)
	hits := 0
	w.walk(1, func(done string) {
		acknowledged := time.Now()
		for _, q := range w.questions() {
			truth := fresh(t, here.guest(), q)
			_, data := kept(t, here.guest(), q)
			require.Equal(t, truth, data, "%s after %s, on the same replica", q, done)
			for {
				asked := time.Now()
				hit, data := kept(t, there.guest(), q)
				if hit {
					hits++
				}
				if data == truth {
					break
				}
				require.Less(t, asked.Sub(acknowledged), 100*time.Millisecond, "%s after %s, on another replica", q, done)
			}
		}
	})
	require.Positive(t, hits)
	require.Contains(t, here.page(t, "/metrics")+there.page(t, "/metrics"), `moa_cache_hits_total{from="shared"}`, "replicas share answers")
}
