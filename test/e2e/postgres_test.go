package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// postgresServer is a PostgreSQL of the test's own, which may be hurt.
type postgresServer struct {
	programs string              // the folder of its programs
	as       *syscall.Credential // who runs it: PostgreSQL refuses root
	dir      string
	port     int
}

// newPostgres starts an empty PostgreSQL that ends with the test. Without the programs it skips, and fails
// on CI.
func newPostgres(t testing.TB) *postgresServer {
	t.Helper()
	p := &postgresServer{programs: postgresPrograms(t), port: freePort(t), dir: t.TempDir()}
	if os.Geteuid() == 0 {
		p.as = credential(t, "postgres")
	}
	p.give(t, p.dir, p.dir)
	require.NoError(t, p.run("initdb", "-D", p.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"))
	require.NoError(t, p.control("start"))
	t.Cleanup(func() { _ = p.control("stop", "-m", "immediate") })
	return p
}

// give hands a folder below a folder of the test to whoever runs the server.
func (p *postgresServer) give(t testing.TB, dir, folder string) {
	t.Helper()
	if p.as == nil {
		return
	}
	require.NoError(t, os.Chown(folder, int(p.as.Uid), int(p.as.Gid)))
	for _, above := range []string{dir, filepath.Dir(dir)} {
		require.NoError(t, os.Chmod(above, 0o711)) // so that it can be entered
	}
}

// postgresPrograms returns the folder of initdb and pg_ctl, which Debian keeps out of the way.
func postgresPrograms(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	require.NoError(t, err)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if testkit.OnCI() {
		t.Fatal("PostgreSQL's programs must be installed on CI")
	}
	t.Skip("there is no initdb")
	return ""
}

// credential returns who an account of the system is.
func credential(t testing.TB, name string) *syscall.Credential {
	t.Helper()
	account, err := user.Lookup(name)
	require.NoError(t, err)
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// freePort returns a port of 127.0.0.1 that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func (p *postgresServer) data() string { return filepath.Join(p.dir, "data") }

func (p *postgresServer) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", p.port, database)
}

// control runs pg_ctl and waits until it is done.
func (p *postgresServer) control(args ...string) error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=120", p.port)
	return p.run("pg_ctl", append(args, "-D", p.data(), "-w", "-l", filepath.Join(p.dir, "log"), "-o", options)...)
}

func (p *postgresServer) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(p.programs, program), args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	// Not a pipe: the server inherits it, and the end of a pipe would never come.
	out, err := os.Create(filepath.Join(os.TempDir(), fmt.Sprintf("moa-postgres-%d.out", p.port)))
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s %v: %w: %s", program, args, err, said)
	}
	return nil
}

// exec runs a statement as the administrator.
func (p *postgresServer) exec(statement string) error {
	admin, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close()
	_, err = admin.ExecContext(context.Background(), statement)
	return err
}
