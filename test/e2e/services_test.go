package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/oklog/ulid/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// emptyDatabase returns the URL of a PostgreSQL database without any table, which ends with the test.
// Without a server it skips, and fails on CI.
func emptyDatabase(t testing.TB) string {
	t.Helper()
	admin := testkit.Admin(t)
	name := "moa_e2e_" + strings.ToLower(ulid.Make().String())
	_, err := admin.ExecContext(t.Context(), fmt.Sprintf(`CREATE DATABASE %q`, name))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.ExecContext(context.Background(), fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, name))
		require.NoError(t, err)
	})
	u, err := url.Parse(testkit.PostgresURL())
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

// redisServer is a Redis of the test's own: it can be stopped and started again, empty, at the same
// address, and nobody else hears its channels.
type redisServer struct {
	program string
	dir     string
	port    int
	cmd     *exec.Cmd // nil while it is stopped
}

// newRedis returns a stopped Redis that ends with the test. Without redis-server it skips, and fails
// on CI.
func newRedis(t testing.TB, dir string) *redisServer {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil && testkit.OnCI() {
		t.Fatal("redis-server must be installed on CI")
	}
	if err != nil {
		t.Skip("there is no redis-server")
	}
	r := &redisServer{program: program, dir: dir, port: freePort(t)}
	t.Cleanup(r.stop)
	return r
}

func (r *redisServer) url() string { return "redis://127.0.0.1:" + strconv.Itoa(r.port) + "/0" }

func (r *redisServer) start() error {
	if r.cmd != nil {
		return errors.New("it runs already")
	}
	r.cmd = exec.Command(r.program,
		"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.dir)
	if err := r.cmd.Start(); err != nil {
		return err
	}
	return r.with(func(c *goredis.Client) error {
		return poll(patience, func() error { return c.Ping(context.Background()).Err() })
	})
}

// with lends a client.
func (r *redisServer) with(use func(c *goredis.Client) error) error {
	c := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + strconv.Itoa(r.port)})
	defer c.Close()
	return use(c)
}

// flush makes it forget everything.
func (r *redisServer) flush() error {
	return r.with(func(c *goredis.Client) error { return c.FlushAll(context.Background()).Err() })
}

// freeze lets its connections stand and answers nothing more, until it is thawed.
func (r *redisServer) freeze() error { return r.cmd.Process.Signal(syscall.SIGSTOP) }

func (r *redisServer) thaw() error { return r.cmd.Process.Signal(syscall.SIGCONT) }

func (r *redisServer) stop() {
	if r.cmd == nil {
		return
	}
	_ = r.thaw() // a frozen one would not hear
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	_ = r.cmd.Wait() // it has no state worth a complaint
	r.cmd = nil
}
