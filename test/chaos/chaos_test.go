package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/graph"
	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/server"
	"github.com/moa-bff/moa/test/chaos"
	"github.com/moa-bff/moa/test/testkit"
)

var (
	duration = flag.Duration("for", 8*time.Second, "how long the clients go on, on each ground")
	seed     = flag.Uint64("seed", 0, "repeat the choices of a run; 0 for others each time")
)

const clients = 24

// TestChaos lets clients do anything at once, and holds every answer against the schema, and at the end the
// rows, the log and the goroutines against what they should be. The choices of each client follow from the
// seed; what they find in the world depends on the others.
func TestChaos(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		file := t.TempDir()
		run(t, db.Options{File: filepath.Join(file, "moa.db")}, "MOA_DATA_DIR="+file)
	})
	t.Run("postgres and redis", func(t *testing.T) {
		address := testkit.PostgresDatabase(t)
		run(t, db.Options{URL: address, MaxConns: 2}, "MOA_DATA_DIR="+t.TempDir(), "MOA_DATABASE_URL="+address, "MOA_REDIS_URL="+ownRedis(t))
	})
}

// run lets the clients loose on a Moa with these settings, whose rows are then found with rows.
func run(t *testing.T, rows db.Options, settings ...string) {
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	t.Logf("repeat it with -seed=%d", from)
	settings = append(settings, "MOA_ADDR=127.0.0.1:0", "MOA_LOG_LEVEL=error", "MOA_TRUSTED_PROXIES=1", "MOA_DATABASE_CONNS=16")
	w := &world{known: map[string][]string{}}
	populate(t, w, settings)
	before := goleak.IgnoreCurrent()
	m := start(t, settings)
	j := &judge{schema: schema(), counts: map[string]int{}, answered: map[string]int{}}
	begun := time.Now()
	release(t, m, w, j, from)
	m.requireQuiet(t)
	shown := m.followers(t)
	requirePublished(t, rows)
	m.stop()
	if err := goleak.Find(before); err != nil {
		t.Errorf("goroutines stay behind: %v", err)
	}
	for _, finding := range append(j.wrong, m.log.errors()...) {
		t.Error(finding)
	}
	d, err := db.Open(context.Background(), rows)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	requireSound(t, d, begun)
	requireFollowers(t, d, shown)
	t.Logf("in %s:\n%s", time.Since(begun).Round(time.Second), j.report())
	requireReached(t, j)
}

// release runs the clients until their time is over.
func release(t *testing.T, m *moa, w *world, j *judge, from uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), *duration)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() {
		c := newClient(m.url, w, j, clients, from)
		defer c.http.CloseIdleConnections()
		c.relieve(ctx)
	})
	for i := range clients {
		c := newClient(m.url, w, j, i, from)
		all.Go(func() {
			defer c.http.CloseIdleConnections()
			if i < len(acquaintances()) {
				c.signIn(ctx, acquaintances()[i])
			} else {
				c.token = w.any(c.rand, "accesstoken")
			}
			c.run(ctx)
		})
	}
	all.Wait()
	require.Greater(t, w.size("usr"), 1, "nobody did anything")
}

func newClient(url string, w *world, j *judge, number int, from uint64) *client {
	r := rand.New(rand.NewPCG(from, uint64(number))) //nolint:gosec // to be repeated, not to be secret
	author := &chaos.Author{Schema: j.schema, Rand: r}
	mine := &world{known: map[string][]string{}}
	author.Value = imagination{w, author, mine, []string{"usr", "sto", "cpn", "clm", "fol", "evt", "job", "cns", "cmg", "crm", "dsh", "itg"}}.propose
	return &client{
		world: w, mine: mine, judge: j, number: number, url: url, rand: r, author: author,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}},
	}
}

// schema is what the server answers to.
func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// operators are there from the beginning: more than one, because they may take each other's role away.
func operators() []string {
	return []string{"operator1@moa.example", "operator2@moa.example", "operator3@moa.example"}
}

// reliefs are operators who come later, one every half a minute: the earlier ones lose their roles, their
// passwords and their accounts.
func reliefs() (addresses []string) {
	for i := range int(*duration / (30 * time.Second)) {
		addresses = append(addresses, fmt.Sprintf("relief%d@moa.example", i))
	}
	return addresses
}

// relieve signs one operator in after the other while the clients go on.
func (c *client) relieve(ctx context.Context) {
	for _, address := range reliefs() {
		select {
		case <-time.After(25 * time.Second):
		case <-ctx.Done():
			return
		}
		c.signIn(ctx, address)
		if c.token != "" {
			c.learn(operatorToken, c.token)
		}
	}
}

// acquaintances are the addresses that exist from the beginning.
func acquaintances() []string {
	list := operators()
	for _, a := range demo.Accounts() {
		list = append(list, a.Email)
	}
	return append(list, "baker@moa.example", "florist@moa.example")
}

// populate brings the demo neighbourhood, the operators, and users who are signed in.
func populate(t *testing.T, w *world, settings []string) {
	t.Helper()
	command := func(input string, args ...string) {
		require.NoError(t, server.Main(t.Context(), server.Process{
			Args: args, Environ: settings, Stdin: strings.NewReader(input), Stdout: io.Discard, Stderr: io.Discard,
		}))
	}
	command("", "migrate")
	tokens := filepath.Join(t.TempDir(), "tokens")
	command("", "seed", "-users", "50", "-tokens", tokens)
	lines, err := os.ReadFile(tokens)
	require.NoError(t, err)
	for token := range strings.FieldsSeq(string(lines)) {
		w.learn("accesstoken", token)
	}
	for _, address := range append(operators(), reliefs()...) {
		command(demo.Password+"\n", "user", "add", "-email", address, "-role", "ADMIN", "-password-stdin")
	}
}

// moa is a running Moa in this process, where the race detector sees it.
type moa struct {
	url  string
	log  *errorLog
	stop func()
}

func start(t *testing.T, settings []string) *moa {
	t.Helper()
	cfg, err := config.Load(settings)
	require.NoError(t, err)
	log := &errorLog{}
	app, err := server.New(t.Context(), cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError})))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	address, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- app.Serve(ctx, func(a string) { address <- a }) }()
	stop := sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, app.Close())
	})
	t.Cleanup(stop)
	select {
	case a := <-address:
		return &moa{url: "http://" + a, log: log, stop: stop}
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(time.Minute):
	}
	require.FailNow(t, "Moa does not listen")
	return nil
}

// requireQuiet waits until the server has noticed that everybody is gone: no live field has a subscriber.
func (m *moa) requireQuiet(t *testing.T) {
	t.Helper()
	busy := regexp.MustCompile(`(?m)^moa_live_subscribers\{.*\} [^0].*$`)
	quiet := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var left []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		response, err := quiet.Get(m.url + "/metrics")
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		if left = busy.FindAllString(string(text), -1); len(left) == 0 {
			return
		}
	}
	t.Errorf("subscribers stay behind: %v", left)
}

// errorLog keeps what the server complains of.
type errorLog struct {
	mu    sync.Mutex
	lines []string
}

// Write implements [io.Writer].
func (l *errorLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	return len(line), nil
}

// errors returns the first few complaints.
func (l *errorLog) errors() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines[:min(len(l.lines), maxFindings)])
}

// signIn signs in an account that exists.
func (c *client) signIn(ctx context.Context, address string) {
	c.token = accessToken(c.ask(ctx, chaos.Operation{
		Query:     `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken refreshToken user { id } } userErrors { code } } }`,
		Variables: map[string]any{"i": map[string]any{"email": address, "password": demo.Password}},
	}), "signIn")
}

// requireReached holds that the clients did not just run against walls: each root field was answered. In a
// short run some may be missing, and seconds on a busy machine hold nobody to anything.
func requireReached(t *testing.T, j *judge) {
	t.Helper()
	var missing []string
	for _, root := range []*ast.Definition{j.schema.Query, j.schema.Mutation, j.schema.Subscription} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") && j.answered[f.Name] == 0 {
				missing = append(missing, f.Name)
			}
		}
	}
	t.Logf("never answered with a value: %v", missing)
	if *duration >= 5*time.Minute && len(missing) > 0 || *duration >= time.Minute && len(missing) > 2 {
		t.Errorf("%d root fields were never answered", len(missing))
	}
}

// ownRedis returns the address of a Redis that ends with the test, so that nobody else hears its channels.
// Without redis-server it skips, and fails on CI.
func ownRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil && testkit.OnCI() {
		t.Fatal("redis-server must be installed on CI")
	}
	if err != nil {
		t.Skip("there is no redis-server")
	}
	socket := filepath.Join(t.TempDir(), "redis.sock")
	process := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		require.NoError(t, process.Process.Kill())
		_ = process.Wait() // it was killed
	})
	probe := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	defer probe.Close()
	require.Eventually(t, func() bool { return probe.Ping(context.Background()).Err() == nil }, 20*time.Second, 20*time.Millisecond)
	return fmt.Sprintf("unix://%s", socket)
}
