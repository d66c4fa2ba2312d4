// Package conformance runs the public protocol suites from npm, and the clients that people use,
// against a Moa in a process of its own.
package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server"
)

const (
	// serverVariable tells this test's binary to be `moa serve`. The process under test is built with
	// the tests: it has the race detector when they have it.
	serverVariable = "MOA_CONFORMANCE_SERVER"

	startPatience   = 30 * time.Second
	stopPatience    = 25 * time.Second
	installPatience = 5 * time.Minute
	suitePatience   = time.Minute
	// nodePatience is a little shorter, so that Node tells what did not end.
	nodePatience = 50 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) == "" {
		os.Exit(m.Run())
	}
	err := serveUntilLeft()
	if err != nil {
		fmt.Fprintln(os.Stderr, "moa:", err)
		os.Exit(1)
	}
}

// serveUntilLeft is `moa serve` until its standard input ends, which also happens when the test that
// started it is killed.
func serveUntilLeft() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, os.Stdin) // whatever ends it, the test is gone
	}()
	return server.Main(ctx, server.Process{Args: []string{"serve"}, Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr})
}

func TestConformance(t *testing.T) {
	requireNode(t)
	install(t)
	endpoint := startMoa(t)
	suites, err := filepath.Glob("*.test.mjs")
	require.NoError(t, err)
	require.Len(t, suites, 7)
	for _, suite := range suites {
		t.Run(strings.TrimSuffix(suite, ".test.mjs"), func(t *testing.T) { runSuite(t, suite, endpoint) })
	}
}

// requireNode skips where Node or npm is missing, and fails on CI.
func requireNode(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			unlessCI(t, "the suites need "+tool)
		}
	}
}

func unlessCI(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// install brings node_modules up to date with the lock file.
func install(t *testing.T) {
	t.Helper()
	wanted, err := os.Stat("package-lock.json")
	require.NoError(t, err)
	installed, err := os.Stat("node_modules/.package-lock.json")
	if err == nil && !installed.ModTime().Before(wanted.ModTime()) {
		return
	}
	if err != nil {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	ctx, cancel := context.WithTimeout(t.Context(), installPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "npm", "ci", "--no-progress").CombinedOutput()
	if err != nil {
		unlessCI(t, fmt.Sprintf("npm ci: %v\n%s", err, out))
	}
}

// startMoa starts a Moa with demo data, and returns the address of its endpoint. It is stopped when
// the test ends, and must then end well.
func startMoa(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, kill := context.WithCancel(context.WithoutCancel(t.Context()))
	moa := exec.CommandContext(ctx, self)
	moa.Env = append(withoutSettings(os.Environ()),
		serverVariable+"=1",
		"MOA_ADDR=127.0.0.1:0",
		"MOA_DATA_DIR="+t.TempDir(),
		// Short enough for the suites to see what happens then.
		"MOA_LIMIT_INIT_TIMEOUT=1s",
		"MOA_LIVE_KEEPALIVE=1s",
	)
	var log bytes.Buffer
	moa.Stderr = &log
	leash, err := moa.StdinPipe()
	require.NoError(t, err)
	told, err := moa.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, moa.Start())

	address := make(chan string, 1)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		listen(told, address)
	}()
	t.Cleanup(func() {
		defer kill()
		overdue := time.AfterFunc(stopPatience, kill)
		defer overdue.Stop()
		_ = leash.Close() // fails when moa has ended by itself, which Wait tells
		<-heard
		if err := moa.Wait(); err != nil {
			t.Errorf("moa serve ended with %v", err)
		}
		if t.Failed() {
			t.Logf("what moa serve said:\n%s", &log)
		}
	})
	return waitUntilReady(t, address)
}

// withoutSettings returns the environment without what would set up Moa otherwise than by default.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "MOA_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// listen reads what moa serve prints until it ends, and passes on the address that it announces.
func listen(told io.Reader, address chan<- string) {
	defer close(address)
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "GraphQL" {
			address <- fields[1]
		}
	}
}

func waitUntilReady(t *testing.T, address <-chan string) string {
	t.Helper()
	var endpoint string
	select {
	case endpoint = <-address:
		require.NotEmpty(t, endpoint, "moa serve ended without an announcement")
	case <-time.After(startPatience):
		require.FailNow(t, "moa serve did not announce its address")
	}
	ready, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		strings.TrimSuffix(endpoint, "/graphql")+"/readyz", http.NoBody)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		answer, err := http.DefaultClient.Do(ready)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, startPatience, 20*time.Millisecond)
	return endpoint
}

// runSuite runs one file of tests with Node's own runner and logs what it says.
func runSuite(t *testing.T, suite, endpoint string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), suitePatience)
	defer cancel()
	limit := fmt.Sprintf("--test-timeout=%d", nodePatience.Milliseconds())
	node := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", limit, suite)
	node.Env = append(os.Environ(), "MOA_URL="+endpoint, "NO_COLOR=1")
	// The runner passes an interrupt on to the process that runs the file.
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) }
	node.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	node.Stdout, node.Stderr = &said, &said
	err := node.Run()
	t.Logf("%s\n%s", suite, &said)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("%s took longer than %v", suite, suitePatience)
	}
	require.NoError(t, err, suite)
	require.NotContains(t, said.String(), "ℹ tests 0", "nothing was tested")
}
