package reads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// The rhythm of a link.
const (
	// beatEvery is how often a process says that it is there: a message must go there and another come
	// back within the lease, with some room for a busy machine.
	beatEvery = 20 * time.Millisecond
	// pace is the least time between two messages: drops of a race are told together.
	pace = 5 * time.Millisecond
	// patience is how long Redis may take, and how long nothing may be heard.
	patience = 500 * time.Millisecond
	// settled is when a link is taken to hold: losing it is news again.
	settled = 5 * time.Second
	// rejoinPause is how long to wait after a link broke.
	rejoinPause = 100 * time.Millisecond
)

// say numbers a message and hands it to everybody, in the order of the numbers. Beside the counter it keeps
// when each member was heard last, by the clock of Redis, and returns those who may be alive: a process that
// joins must hear of every one of them before it trusts, or it would not miss one that is cut off just then.
var say = redis.NewScript(`
local now = tonumber(redis.call('TIME')[1])
local member, leaves, silent = ARGV[2], ARGV[3], tonumber(ARGV[4])
if leaves == '1' then
  redis.call('HDEL', KEYS[1], member)
elseif member ~= '' then
  redis.call('HSET', KEYS[1], member, now)
end
local number = redis.call('HINCRBY', KEYS[1], '#', 1)
redis.call('PUBLISH', KEYS[1], number .. ' ' .. ARGV[1])
local alive = {}
if ARGV[5] == '1' then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= '#' then
      if now - tonumber(all[i + 1]) > silent then
        redis.call('HDEL', KEYS[1], all[i])
      else
        alive[#alive + 1] = all[i]
      end
    end
  end
end
return alive`)

// errMissed says that messages are lost.
var errMissed = errors.New("reads: messages of other processes are missing")

// Link tells other processes what is dropped here, and hears what is dropped there, over Redis. While it
// cannot, its ledger is not trusted, and nothing that was kept is served: see [Ledger.Trusted].
//
// A change made in another process is known here at most 100 ms after it was acknowledged, or nothing is
// served: also when Redis is away, loses its data or is slow, and when a process is frozen or dies in
// between. One case is not covered: a process that is cut off from Redis for more than ten seconds, while
// the others are not, is taken for dead, and its changes show elsewhere when the answers have become old.
type Link struct {
	ledger *Ledger
	client redis.UniversalClient
	key    string
	logger *slog.Logger
}

// NewLink returns the link of a ledger that was made with [NewSharedLedger]. The key is that of its
// counter, and the name of its channel. Nothing is heard before [Link.Run].
func NewLink(l *Ledger, client redis.UniversalClient, key string, logger *slog.Logger) *Link {
	return &Link{ledger: l, client: client, key: key, logger: logger}
}

// Run keeps the link until ctx ends, then tells the last drops and takes leave.
func (k *Link) Run(ctx context.Context) error {
	lost := false
	for {
		begun := time.Now()
		err := k.session(ctx)
		if ctx.Err() != nil {
			return k.leave(context.WithoutCancel(ctx))
		}
		if lost = lost && time.Since(begun) < settled; !lost { // once, however often it is tried again
			k.logger.WarnContext(ctx, "kept answers are not served until other processes are heard again", "error", err)
		}
		lost = true
		timer := time.NewTimer(rejoinPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// Tell sends the drops that wait, once: for a process that does not stay.
func (k *Link) Tell(ctx context.Context) {
	m := k.ledger.peers.next()
	if !m.All && len(m.Slots) == 0 {
		return
	}
	if _, err := k.send(ctx, message{Slots: m.Slots, All: m.All}); err != nil {
		k.logger.WarnContext(ctx, "other processes show some changes only when their answers have become old", "error", err)
	}
}

func (k *Link) leave(ctx context.Context) error {
	k.ledger.peers.trusted.Store(0)
	m := k.ledger.peers.next()
	m.Leaves = true
	if _, err := k.send(ctx, m); err != nil {
		k.logger.WarnContext(ctx, "other processes do not know that this one has ended", "error", err)
	}
	return nil
}

// session holds the link until it breaks or ctx ends.
func (k *Link) session(ctx context.Context) error {
	p := k.ledger.peers
	defer p.trusted.Store(0)
	sub := k.client.Subscribe(ctx, k.key)
	defer sub.Close() //nolint:errcheck // it is given up
	if _, err := sub.ReceiveTimeout(ctx, patience); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	join := p.rejoin()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return k.speak(ctx, join) })
	group.Go(func() error { return k.listen(ctx, sub) })
	return group.Wait()
}

// speak joins, and then tells of drops as they come and of itself otherwise.
func (k *Link) speak(ctx context.Context, join string) error {
	p := k.ledger.peers
	rest := time.NewTimer(0)
	defer rest.Stop()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		m := p.next()
		m.Epoch, join = join, ""
		alive, err := k.send(ctx, m)
		if err != nil {
			p.unsent(m)
			return err
		}
		if m.Epoch != "" {
			p.expect(alive, time.Now())
		}
		rest.Reset(pace)
		select {
		case <-rest.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-p.wake:
		case <-beat.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send hands a message to everybody. For one that joins it returns the members that may be alive.
func (k *Link) send(ctx context.Context, m message) (alive []string, err error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("marshal a message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	silent := int(forgetAfter/time.Second) + 1 // the clock of Redis is read in whole seconds
	alive, err = say.Run(ctx, k.client, []string{k.key}, text, m.Member, m.Leaves, silent, m.Epoch != "").StringSlice()
	if err != nil {
		return nil, fmt.Errorf("tell of drops: %w", err)
	}
	return alive, nil
}

// listen takes in what everybody says, this process included.
func (k *Link) listen(ctx context.Context, sub *redis.PubSub) error {
	last := uint64(0)
	for ctx.Err() == nil {
		received, err := sub.ReceiveTimeout(ctx, patience)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		text, ok := received.(*redis.Message)
		if !ok {
			if _, again := received.(*redis.Subscription); again {
				return errMissed // the client has connected anew by itself
			}
			continue
		}
		number, m, err := parse(text.Payload)
		if err != nil {
			return err
		}
		if last != 0 && number != last+1 {
			return errMissed
		}
		last = number
		k.ledger.hear(number, m, time.Now())
	}
	return ctx.Err()
}

func parse(payload string) (number uint64, m message, err error) {
	digits, text, _ := strings.Cut(payload, " ")
	if number, err = strconv.ParseUint(digits, 10, 64); err == nil {
		err = json.Unmarshal([]byte(text), &m)
	}
	if err != nil {
		return 0, m, fmt.Errorf("read a message: %w", err)
	}
	return number, m, nil
}
