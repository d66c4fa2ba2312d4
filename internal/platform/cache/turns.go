package cache

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// giveBack ends a turn that has not run out, and tells everybody who waits for it. KEYS[1] is the turn; ARGV: who
// has it, the channel, and the name.
var giveBack = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
`)

// Turns let one of several processes do what each of them would do otherwise, while the others wait for it. They
// save work and protect nothing: while Redis is away, or slow, it is everybody's turn.
type Turns struct {
	redis   *Redis
	channel string
	lease   time.Duration
	hearing atomic.Bool

	mu   sync.Mutex
	ends map[string]*ending
}

// ending is the end of a turn that somebody here waits for.
type ending struct {
	told    chan struct{}
	waiting int
}

// NewTurns returns turns over client, which end by themselves after a lease: whoever has one may be dead. Every key,
// and the name of the channel, begin with prefix; channels are of all databases of a server. Nobody waits before
// [Turns.Run].
func NewTurns(client redis.UniversalClient, prefix string, lease time.Duration) *Turns {
	return &Turns{redis: NewRedis(client, prefix), channel: prefix + "ended", lease: lease, ends: map[string]*ending{}}
}

// Run hears of turns that have ended until ctx ends.
func (t *Turns) Run(ctx context.Context) error {
	defer t.hearing.Store(false)
	sub := t.redis.client.Subscribe(ctx, t.channel)
	defer sub.Close() //nolint:errcheck // it is given up
	news := sub.ChannelWithSubscriptions()
	for {
		select {
		case m := <-news:
			switch m := m.(type) {
			case *redis.Subscription: // anew, after the connection was lost
				t.hearing.Store(true)
				t.tellAll()
			case *redis.Message:
				t.tell(m.Payload)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// Take takes the turn of a name and returns how to give it back, which also works after ctx has ended. While
// somebody else has it, Take waits until it has ended, or ctx has, and returns nil: what it was taken for may be
// done, or can be tried again.
func (t *Turns) Take(ctx context.Context, name string) (end func()) {
	if !t.hearing.Load() {
		return func() {}
	}
	awaited := t.await(name) // before the look: it may end at any moment
	defer t.leave(name, awaited)
	mine, who := false, rand.Text()
	err := t.redis.ask(ctx, func(ctx context.Context) (err error) {
		mine, err = t.redis.client.SetNX(ctx, t.redis.prefix+name, who, t.lease).Result()
		return err
	})
	if err != nil {
		return func() {}
	}
	if mine {
		return func() { t.end(context.WithoutCancel(ctx), name, who) }
	}
	timer := time.NewTimer(t.lease)
	defer timer.Stop()
	select {
	case <-awaited.told:
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

// end gives a turn back. Where that fails, it runs out.
func (t *Turns) end(ctx context.Context, name, who string) {
	_ = t.redis.ask(ctx, func(ctx context.Context) error {
		return giveBack.Run(ctx, t.redis.client, []string{t.redis.prefix + name}, who, t.channel, name).Err()
	})
}

// await waits for the next end of a turn; leave must follow.
func (t *Turns) await(name string) *ending {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.ends[name]
	if e == nil {
		e = &ending{told: make(chan struct{})}
		t.ends[name] = e
	}
	e.waiting++
	return e
}

func (t *Turns) leave(name string, e *ending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.waiting--; e.waiting == 0 && t.ends[name] == e {
		delete(t.ends, name)
	}
}

func (t *Turns) tell(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.ends[name]; e != nil {
		close(e.told)
		delete(t.ends, name)
	}
}

func (t *Turns) tellAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, e := range t.ends {
		close(e.told)
		delete(t.ends, name)
	}
}
