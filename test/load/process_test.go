package load

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server"
	"github.com/moa-bff/moa/test/testkit"
)

var (
	figures = flag.Bool("figures", false, "measure in full, print tables and hold the targets")
	binary  = flag.String("moa", "", "the program to measure; without it, this test binary runs as Moa")
	plain   = flag.String("plain", "", "the program built with plain gqlgen, to compare reads with")
)

// asMoa makes this binary run as Moa, so that the race detector watches the servers as well.
const asMoa = "RUN_AS_MOA"

// patience is how long a process may take to come up or to end, also under the race detector.
const patience = time.Minute

func TestMain(m *testing.M) {
	program := runMoa
	switch {
	case os.Getenv(asFloor) != "":
		program = func(ctx context.Context) error { return serveFloor(ctx, os.Getenv(asFloor), os.Stdout) }
	case os.Getenv(asRelay) != "":
		program = runRelay
	case os.Getenv(asMoa) == "":
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := program(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "it ends:", err)
		os.Exit(1)
	}
}

func runMoa(ctx context.Context) error {
	return server.Main(ctx, server.Process{
		Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}

// process is a running program of the test's own.
type process struct {
	cmd *exec.Cmd
	end func()       // asks it to end
	log bytes.Buffer // what it said on stderr
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// command prepares a program. It outlives the test's context: what was started last ends first, so
// that no server loses its Redis.
func command(t *testing.T, environ []string, name string, args ...string) *process {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	p := &process{cmd: exec.CommandContext(ctx, name, args...), end: end}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = patience
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environ...)
	p.cmd.Stderr = &p.log
	return p
}

// moa prepares Moa with the settings, KEY=value.
func moa(t *testing.T, settings []string, args ...string) *process {
	t.Helper()
	if *binary != "" {
		return command(t, settings, *binary, args...)
	}
	return itself(t, append([]string{asMoa + "=1"}, settings...), args...)
}

// itself prepares this binary to run as what the settings say.
func itself(t *testing.T, settings []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return command(t, settings, self, args...)
}

// output runs the program to its end, which must be a good one, and returns what it printed.
func (p *process) output(t *testing.T) string {
	t.Helper()
	defer p.end()
	out, err := p.cmd.Output()
	require.NoError(t, err, "%s\n%s%s", p.cmd, out, &p.log)
	return string(out)
}

// start starts the program and returns the first line of its output that matches, with its groups.
// The program must end well when the test ends.
func (p *process) start(t *testing.T, ready *regexp.Regexp) []string {
	t.Helper()
	found := make(chan []string, 1)
	ended := p.launch(t, func(stdout io.Reader) {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if match := ready.FindStringSubmatch(lines.Text()); match != nil {
				found <- match
				break
			}
		}
	})
	return p.await(t, found, ended)
}

// startQuiet starts a program that says nothing, as Moa in production, and returns when it answers at
// the URL.
func (p *process) startQuiet(t *testing.T, url string) {
	t.Helper()
	ended := p.launch(t, func(io.Reader) {})
	found := make(chan []string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if status, _ := fetch(ctx, url); status == http.StatusOK {
				found <- nil
				return
			}
			<-tick.C
		}
	}()
	p.await(t, found, ended)
}

// launch starts the program, whose output goes to read; ended is closed with its output. The program
// must end well when the test ends.
func (p *process) launch(t *testing.T, read func(stdout io.Reader)) (ended <-chan struct{}) {
	t.Helper()
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	done := make(chan struct{})
	go func() {
		defer close(done)
		read(stdout)
		_, _ = io.Copy(io.Discard, stdout) // so that it never waits for a reader
	}()
	t.Cleanup(func() {
		p.end()
		<-done
		_ = p.cmd.Wait() // tells only that it was asked to end; its code tells more
		if t.Failed() {
			t.Logf("%s:\n%s", p.cmd, &p.log)
		}
		require.Zero(t, p.cmd.ProcessState.ExitCode(), "%s: %s\n%s", p.cmd, p.cmd.ProcessState, &p.log)
	})
	return done
}

// await returns what was found, unless the program ends before.
func (p *process) await(t *testing.T, found <-chan []string, ended <-chan struct{}) []string {
	t.Helper()
	select {
	case match := <-found:
		return match
	case <-ended:
		_ = p.cmd.Wait()
		require.FailNow(t, "it ended at once", "%s\n%s", p.cmd, &p.log)
	case <-time.After(patience):
		require.FailNow(t, "it does not come up", p.cmd.String())
	}
	return nil
}

// fetch gets a URL.
func fetch(ctx context.Context, url string) (status int, body []byte) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	body, _ = io.ReadAll(response.Body)
	return response.StatusCode, body
}

// freePort returns a port of 127.0.0.1 that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// startRedis starts a Redis of the test's own and returns its URL and its process: channels of a
// shared one would carry the news of other tests. Where there is no redis-server to start, it returns
// the shared Redis and no process.
func startRedis(t *testing.T) (url string, redis *process) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		testkit.Redis(t) // skips without one
		return testkit.RedisURL(), nil
	}
	port := freePort(t)
	redis = command(t, nil, path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	redis.start(t, regexp.MustCompile("Ready to accept connections"))
	return "redis://127.0.0.1:" + port + "/0", redis
}

// cpu returns the time that a process has spent on the processors, in user code and in the kernel;
// zero where the system does not tell. Source: proc(5), /proc/pid/stat fields 14 and 15, in ticks of
// 10 ms.
func cpu(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name before may hold blanks
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}
