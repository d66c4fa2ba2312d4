package e2e_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnderFireKills kills replicas at random points while a crowd claims. Whoever was promised a claim
// has it afterwards, whoever heard nothing asks again, and the books agree to the last row.
func TestUnderFireKills(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		g := newGround(t, "SQLite", dir, 1, sqliteRows(t, filepath.Join(dir, "data")))
		g.kills(choose(5, 50))
		g.agree()
		g.print()
	})
	t.Run("postgres and redis", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		database := emptyDatabase(t)
		redis := newRedis(t, dir)
		require.NoError(t, redis.start())
		g := newGround(t, "PostgreSQL + Redis, 3 replicas", dir, 3, postgresRows(t, database),
			"MOA_DATABASE_URL="+database, "MOA_REDIS_URL="+redis.url())
		g.kills(choose(5, 50))
		g.rollingRestart()
		g.agree()
		_, resets, _ := g.followers()
		require.Zero(t, resets, "Redis keeps the log while replicas come and go")
		g.print()
	})
}

// kills kills n times, at a random moment, a random replica or, now and then, all of them. They start
// again at once.
func (g *ground) kills(n int) {
	g.t.Helper()
	g.phase("kill -9", n, func(i int) {
		require.NoError(g.t, g.raid.proceed(1+g.random.IntN(choose(200, 600))))
		<-time.After(time.Duration(g.random.Int64N(int64(10 * time.Millisecond)))) // somewhere inside a batch
		victims := []int{g.random.IntN(len(g.servers))}
		if i%5 == 4 {
			victims = g.random.Perm(len(g.servers))
		}
		for _, victim := range victims {
			g.servers[victim].crash()
		}
		for _, victim := range victims {
			g.start(victim)
		}
	})
}

// rollingRestart asks one replica after the other to end, as a deployment does, and starts it again.
func (g *ground) rollingRestart() {
	g.t.Helper()
	g.phase("rolling restart (SIGTERM)", len(g.servers), func(i int) {
		require.NoError(g.t, g.raid.proceed(50))
		require.NoError(g.t, g.servers[i].terminate())
		g.start(i)
	})
}

// sqliteRows opens the embedded database of a data directory for reading.
func sqliteRows(t *testing.T, data string) *sql.DB {
	t.Helper()
	rows, err := sql.Open("sqlite3", "file:"+filepath.Join(data, sqliteFile)+"?mode=ro&_busy_timeout=5000")
	require.NoError(t, err)
	t.Cleanup(func() { _ = rows.Close() })
	return rows
}

func postgresRows(t *testing.T, url string) *sql.DB {
	t.Helper()
	rows, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = rows.Close() })
	return rows
}
