package load

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/test/testkit"
)

// claimScript is the least that admits one user to a stock once.
const claimScript = `if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return -1 end
redis.call('SADD', KEYS[1], ARGV[1])
return 1`

// What the stores below a race can do when nobody is in front of them: no HTTP, no sign-in, no rules.
func TestRaceFloor(t *testing.T) {
	if !*figures {
		t.Skip("only with -figures")
	}
	const claims, workers, batch = 20_000, 64, 64
	address, server := startRedis(t)
	options, err := redis.ParseURL(address)
	require.NoError(t, err)
	options.PoolSize = workers
	store := redis.NewClient(options)
	defer store.Close() //nolint:errcheck // the test ends here
	script := redis.NewScript(claimScript)

	config, err := pgxpool.ParseConfig(testkit.PostgresDatabase(t))
	require.NoError(t, err)
	config.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `CREATE TABLE floor_stock (coupon TEXT PRIMARY KEY, claimed BIGINT NOT NULL);
		CREATE TABLE floor_claims (id TEXT PRIMARY KEY, coupon TEXT NOT NULL, person TEXT NOT NULL, at TIMESTAMPTZ NOT NULL, UNIQUE (coupon, person))`)
	require.NoError(t, err)

	table := &Table{Title: "Floors of a race: 20,000 claims over 64 connections, without anything in front", Head: []string{"what", "claims/s", "CPU ms a claim"}}
	for _, way := range []struct {
		name string
		work func(coupon string) error
		cpu  func() time.Duration
	}{
		{"a Lua script in Redis (`EVALSHA`), not durable", func(coupon string) error {
			return spread(claims, workers, func(i int) error {
				return script.Run(t.Context(), store, []string{coupon}, i, claims).Err()
			})
		}, func() time.Duration {
			if server == nil {
				return 0
			}
			return cpu(server.pid())
		}},
		{"an `INSERT` each over a pool, no stock kept", func(coupon string) error {
			return spread(claims, workers, func(i int) error {
				_, err := pool.Exec(t.Context(), "INSERT INTO floor_claims VALUES ($1, $2, $3, now())", coupon+strconv.Itoa(i), coupon, strconv.Itoa(i))
				return err
			})
		}, func() time.Duration { return poolCPU(t, pool) }},
		{"64 in one transaction with the stock, one after the other", func(coupon string) error {
			return grouped(t.Context(), pool, coupon, claims, batch)
		}, func() time.Duration { return poolCPU(t, pool) }},
	} {
		var rates []float64
		var costs []time.Duration
		for i := range repeats() {
			before, begun := way.cpu(), time.Now()
			require.NoError(t, way.work(fmt.Sprintf("%s %d", way.name, i)))
			rates = append(rates, claims/time.Since(begun).Seconds())
			costs = append(costs, (way.cpu()-before)/claims)
		}
		table.Add(way.name, fmt.Sprintf("%.0f", Median(rates)), Milliseconds(Median(costs)))
	}
	var rows int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT COUNT(*) FROM floor_claims").Scan(&rows))
	require.Equal(t, 2*repeats()*claims, rows)
	printTable(t, table)
}

// spread does n things, as many at a time as there are workers.
func spread(n, workers int, do func(i int) error) error {
	var group errgroup.Group
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// grouped writes n claims of a coupon, a batch in each transaction.
func grouped(ctx context.Context, pool *pgxpool.Pool, coupon string, n, batch int) error {
	if _, err := pool.Exec(ctx, "INSERT INTO floor_stock VALUES ($1, 0)", coupon); err != nil {
		return err
	}
	for from := 0; from < n; from += batch {
		size := min(batch, n-from)
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE floor_stock SET claimed = claimed + $2 WHERE coupon = $1", coupon, size); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO floor_claims SELECT $1 || i, $1, i::text, now() FROM generate_series($2::int, $3::int) AS i`,
				coupon, from, from+size-1)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// poolCPU returns what the processes behind a pool have spent.
func poolCPU(t *testing.T, pool *pgxpool.Pool) (sum time.Duration) {
	t.Helper()
	rows, err := pool.Query(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	require.NoError(t, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(t, err)
	for _, pid := range pids {
		sum += cpu(pid)
	}
	return sum
}
