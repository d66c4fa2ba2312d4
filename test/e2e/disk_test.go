package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smallSize is the size of the disk in bytes: several times what a raid writes on a fast machine, so that it is never
// full of anything but ballast.
const smallSize = 256 << 20

// TestUnderFireDiskFull fills the disk under the database in the middle of a raid, and makes room again.
func TestUnderFireDiskFull(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		disk := smallDisk(t, filepath.Join(dir, "data"), smallSize)
		g := newGround(t, "SQLite, disk full", dir, 1, sqliteRows(t, filepath.Join(dir, "data")))
		if disk == nil {
			disk = &fileLimit{g}
		}
		g.diskFull(disk)
		g.agree()
		g.requireIntact()
		g.print()
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		disk := smallDisk(t, filepath.Join(dir, "tables"), smallSize)
		if disk == nil {
			t.Skip("a full disk of PostgreSQL needs the right to mount one")
		}
		postgres := newPostgres(t)
		postgres.give(t, dir, filepath.Join(dir, "tables"))
		require.NoError(t, postgres.exec(fmt.Sprintf(`CREATE TABLESPACE small LOCATION '%s'`, filepath.Join(dir, "tables"))))
		require.NoError(t, postgres.exec(`CREATE DATABASE moa TABLESPACE small`))
		g := newGround(t, "PostgreSQL, disk full", dir, 1, postgresRows(t, postgres.url("moa")), "MOA_DATABASE_URL="+postgres.url("moa"))
		g.diskFull(disk)
		g.agree()
		g.print()
	})
}

// diskFull fills the disk until claims are refused, and looks at what still works.
func (g *ground) diskFull(disk disk) {
	g.t.Helper()
	l := g.phase("disk full", choose(1, 5), func(int) {
		require.NoError(g.t, g.raid.proceed(20))
		before := g.raid.lap().troubles[unavailable]
		require.NoError(g.t, disk.fill())
		require.NoError(g.t, poll(patience, func() error { return g.servers[0].isReady("degraded") }))
		require.NoError(g.t, poll(patience, func() error {
			if g.raid.lap().troubles[unavailable] < before+20 {
				return errors.New("claims are not refused")
			}
			return nil
		}))
		a, err := client{url: g.front.URL}.ask(`{ coupons(first: 20) { edges { node { id remaining store { name } } } } }`, nil)
		require.NoError(g.t, err)
		require.NoError(g.t, a.refusal(), "who only reads needs no room")
		<-time.After(choose(0, time.Second))
		require.NoError(g.t, disk.free())
	})
	require.Zero(g.t, l.troubles[noAnswer])
}

// requireIntact lets SQLite look at its own file.
func (g *ground) requireIntact() {
	g.t.Helper()
	found, err := column(g.rows, `SELECT integrity_check FROM pragma_integrity_check WHERE $1 <> ''`, "all")
	require.NoError(g.t, err)
	require.Equal(g.t, []string{"ok"}, found)
}

// disk is where a database lives.
type disk interface {
	// fill leaves no room.
	fill() error
	// free makes room again.
	free() error
}

// tmpfs is a small disk of its own. Its ballast takes all the room that is left.
type tmpfs struct{ ballast string }

// smallDisk mounts a disk of some bytes, which goes with the test. Where that is not allowed it says so
// and returns nil.
func smallDisk(t *testing.T, path string, bytes int) disk {
	t.Helper()
	require.NoError(t, os.MkdirAll(path, 0o700))
	err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%d", bytes))
	if err != nil {
		t.Logf("NO SMALL DISK CAN BE MOUNTED HERE (%v): the limit of a file's size stands in where it can", err)
		return nil
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, syscall.MNT_DETACH)) })
	return tmpfs{filepath.Join(path, "ballast")}
}

func (d tmpfs) fill() error {
	file, err := os.Create(d.ballast)
	if err != nil {
		return err
	}
	defer file.Close()
	for block := make([]byte, 4096); ; {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (d tmpfs) free() error { return os.Remove(d.ballast) }

// fileLimit lets no file of a replica grow any more, which the kernel does for everybody.
type fileLimit struct{ *ground }

func (d *fileLimit) set(size string) error {
	pid := strconv.Itoa(d.servers[0].cmd.Process.Pid)
	if out, err := exec.Command("prlimit", "--pid", pid, "--fsize="+size+":").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (d *fileLimit) fill() error { return d.set("65536") }

func (d *fileLimit) free() error { return d.set("unlimited") }
