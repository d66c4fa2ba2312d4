package e2e_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUnderFireOutages takes away, in the middle of a raid on three replicas, what they stand on. Nobody
// restarts a replica: they come back by themselves.
func TestUnderFireOutages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	postgres := newPostgres(t)
	require.NoError(t, postgres.exec(`CREATE DATABASE moa`))
	redis := newRedis(t, dir)
	require.NoError(t, redis.start())
	g := newGround(t, "PostgreSQL + Redis, 3 replicas, outages", dir, 3, postgresRows(t, postgres.url("moa")),
		"MOA_DATABASE_URL="+postgres.url("moa"), "MOA_REDIS_URL="+redis.url())
	o := outages{g, redis, postgres}

	o.redisFrozen()
	o.redisFlushed()
	o.redisStopped()
	o.redisRestarted()
	o.postgresRestarted("fast")
	o.postgresRestarted("immediate")
	o.postgresStopped()
	g.agree()
	g.print()
}

// outages are what can happen to the services.
type outages struct {
	*ground
	redis    *redisServer
	postgres *postgresServer
}

// rounds is how often each outage happens.
func rounds() int { return choose(1, 5) }

// without is how many claims must be promised while Redis is away: the rows decide.
func without() int { return choose(50, 500) }

// keeps is a phase in which no history of a log is lost, and so nobody is told reset.
func (o outages) keeps(name string, strike func()) {
	o.t.Helper()
	l := o.phase(name, rounds(), func(int) {
		require.NoError(o.t, o.raid.proceed(10))
		strike()
	})
	require.Zero(o.t, l.resets, name)
}

// loses is a phase in which the history of the logs is lost, and everybody who follows one is told.
func (o outages) loses(name string, strike func()) {
	o.t.Helper()
	o.phase(name, rounds(), func(int) {
		require.NoError(o.t, o.raid.proceed(10))
		before := map[*follower]int{}
		for _, two := range o.followed {
			for _, f := range two {
				before[f] = f.told()
			}
		}
		strike()
		for f, n := range before {
			require.NoError(o.t, poll(recoveryBound, func() error {
				if f.told() == n {
					return errors.New("a follower is not told that news were lost")
				}
				return nil
			}), name)
		}
	})
}

func (o outages) redisFrozen() {
	o.keeps("Redis frozen (SIGSTOP)", func() {
		require.NoError(o.t, o.redis.freeze())
		thaw := time.After(choose(1500*time.Millisecond, 5*time.Second))
		require.NoError(o.t, o.raid.proceed(without()))
		<-thaw
		require.NoError(o.t, o.redis.thaw())
	})
}

func (o outages) redisFlushed() {
	o.loses("Redis flushed (FLUSHALL)", func() {
		require.NoError(o.t, o.redis.flush())
	})
}

func (o outages) redisStopped() {
	o.loses("Redis stopped, started later, empty", func() {
		o.redis.stop()
		require.NoError(o.t, o.raid.proceed(without()))
		require.NoError(o.t, o.redis.start())
	})
}

func (o outages) redisRestarted() {
	o.loses("Redis restarted, empty", func() {
		o.redis.stop()
		require.NoError(o.t, o.redis.start())
	})
}

func (o outages) postgresRestarted(mode string) {
	o.keeps("PostgreSQL restarted ("+mode+")", func() {
		require.NoError(o.t, o.postgres.control("restart", "-m", mode))
	})
}

func (o outages) postgresStopped() {
	o.keeps("PostgreSQL stopped, started later", func() {
		require.NoError(o.t, o.postgres.control("stop", "-m", "fast"))
		<-time.After(choose(500*time.Millisecond, 5*time.Second))
		require.NoError(o.t, o.postgres.control("start"))
	})
}
