package e2e_test

import (
	"cmp"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	_ "github.com/mattn/go-sqlite3"    // the driver sqlite3
	"github.com/stretchr/testify/require"
)

var (
	full = flag.Bool("full", false, "hurt Moa as often and as long as `make load` does, and print what happened")
	seed = flag.Uint64("seed", 0, "repeat a run: the seed that it printed; 0 draws one")
)

// choose returns what a full run takes, or what CI does.
func choose[T any](onCI, inFull T) T {
	if *full {
		return inFull
	}
	return onCI
}

const sqliteFile = "moa.db"

// couponTitle marks the coupons of a raid among the demo's.
const couponTitle = "불길 속 쿠폰"

// ground is where something happens to Moa in the middle of a raid: its replicas behind a front, its
// crowd, those who follow what happens, and the rows to compare with.
type ground struct {
	t        *testing.T
	name     string
	dir      string
	settings []string
	rows     *sql.DB
	front    *front
	servers  []*server
	lives    int
	owner    client
	store    string
	stock    int
	tokens   []string
	random   *rand.Rand
	raid     *raid
	// followed are the followers of some of the crowd, two of each.
	followed map[string][2]*follower
	stocks   *stockFollower
	unfollow context.CancelFunc
	laps     []lap
}

// newGround returns replicas that serve, with a crowd that claims until [ground.agree].
func newGround(t *testing.T, name, dir string, replicas int, rows *sql.DB, settings ...string) *ground {
	t.Helper()
	drawn := cmp.Or(*seed, uint64(time.Now().UnixNano()))
	t.Logf("repeat this with -seed %d", drawn)
	g := &ground{
		t: t, name: name, dir: dir, rows: rows,
		settings: append(settings, "MOA_ADDR=127.0.0.1:0", "MOA_DATA_DIR="+filepath.Join(dir, "data"), "MOA_DATABASE_CONNS=12"),
		servers:  make([]*server, replicas),
		random:   rand.New(rand.NewPCG(drawn, 0)),
		followed: map[string][2]*follower{},
	}
	const people = 200
	g.stock = people * 7 / 10
	tokens := filepath.Join(dir, "tokens")
	moa(t, g.settings, "migrate")
	moa(t, g.settings, "seed", "-users", strconv.Itoa(people), "-tokens", tokens)
	text, err := os.ReadFile(tokens)
	require.NoError(t, err)
	g.tokens = strings.Fields(string(text))
	g.front = newFront(t, replicas)
	t.Cleanup(g.clear)
	for i := range g.servers {
		g.start(i)
	}
	g.owner, err = signIn(g.front.URL, "owner@moa.example", "moa-demo-1234")
	require.NoError(t, err)
	a, err := g.owner.ask(`{ viewer { stores(first: 1) { edges { node { id } } } } }`, nil)
	require.NoError(t, err)
	g.store, err = a.at("viewer.stores.edges.0.node.id")
	require.NoError(t, err)
	g.raid = startRaid(g.front.URL, g.tokens, drawn, g.publish)
	t.Cleanup(g.raid.off)
	g.watch()
	return g
}

// watch lets some of the crowd follow their claims, each twice, and somebody follow the stock.
func (g *ground) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	g.unfollow = cancel
	g.t.Cleanup(cancel)
	for _, token := range g.tokens[:choose(6, 20)] {
		c := client{g.front.URL, token}
		g.followed[token] = [2]*follower{follow(ctx, c, 0), follow(ctx, c, 1)}
	}
	g.stocks = followStocks(ctx, g.raid)
	// Who has never heard anything has no cursor to come back with.
	for _, two := range g.followed {
		for _, f := range two {
			require.NoError(g.t, poll(patience, f.begun))
		}
	}
}

// start starts a replica, for the first time or again.
func (g *ground) start(i int) {
	g.t.Helper()
	g.lives++
	s, err := launch(filepath.Join(g.dir, fmt.Sprintf("replica%d-%d", i, g.lives)), g.settings)
	require.NoError(g.t, err)
	g.servers[i] = s
	g.front.set(i, s.url)
}

// clear ends what still runs, and shows the end of the logs when the test has failed.
func (g *ground) clear() {
	for i, s := range g.servers {
		if s == nil {
			continue
		}
		s.crash()
		if g.t.Failed() {
			g.t.Logf("replica %d says at the end:\n%s", i, complaints(s.said()))
		}
	}
}

// complaints returns the errors of a log that are no outage.
func complaints(log string) string {
	lines := slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool {
		return !strings.Contains(line, "internal error")
	})
	return strings.Join(lines, "\n")
}

// publish makes a new coupon of the demo's owner, and returns its id.
func (g *ground) publish(ask asking) (string, error) {
	now := time.Now().UTC()
	return ask(g.owner, `mutation($store: ID!, $title: String!, $quantity: Int!, $now: DateTime!, $end: DateTime!) {
		createCoupon(input: {
			storeId: $store, title: $title, discount: {kind: AMOUNT, value: 1000}, quantity: $quantity,
			startsAt: $now, endsAt: $end, expiresAt: $end
		}) { coupon { id } userErrors { code } }
	}`, map[string]any{
		"store": g.store, "title": couponTitle, "quantity": g.stock,
		"now": now.Format(time.RFC3339), "end": now.Add(time.Hour).Format(time.RFC3339),
	}).at("createCoupon.coupon.id")
}

// moa runs a command to its good end.
func moa(t testing.TB, settings []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, settings...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
