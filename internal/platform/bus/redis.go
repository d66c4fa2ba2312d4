package bus

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// operationTimeout bounds each conversation with Redis.
	operationTimeout = 2 * time.Second
	// pollEvery is how often followed logs are read without having heard of news: a safety net
	// that also keeps their epochs alive.
	pollEvery = 30 * time.Second
)

// Redis is the bus of many processes on one Redis: single, Sentinel or Cluster, version 6.2 or
// later. A log is a stream, a state is a key; both announce changes on a channel. Each process
// holds one subscribed connection for all its topics. A log that hears of news, or whose
// subscription was made or made again, reads on from the last entry it has: that is why a lost
// connection or a lost announcement leaves no gap.
type Redis struct {
	client  redis.UniversalClient
	opts    Options
	hub     *hub
	scripts scripts
	// topicsChanged wakes the listener: a topic was added.
	topicsChanged chan struct{}
	// unfed and unread name the logs and the states that must be read.
	unfed, unread *worklist
	// unsent holds values that did not reach Redis.
	unsent *outbox
	// replays bounds how many readers read old history from Redis at once.
	replays chan struct{}
}

var _ Bus = (*Redis)(nil)

// NewRedis returns a bus on client, which it does not close. It starts nothing. The client
// should have ContextTimeoutEnabled: without it the bound of 2 seconds on a call gives way to
// the client's own timeouts and retries.
func NewRedis(client redis.UniversalClient, opts Options) *Redis {
	b := &Redis{
		client:        client,
		opts:          opts.withDefaults(),
		scripts:       newScripts(),
		topicsChanged: make(chan struct{}, 1),
		unfed:         newWorklist(),
		unread:        newWorklist(),
		unsent:        newOutbox(),
		replays:       make(chan struct{}, 4),
	}
	b.hub = newHub(b.opts, true, func() { signal(b.topicsChanged) }, b.older)
	return b
}

// Run implements [Bus].
func (b *Redis) Run(ctx context.Context) error {
	defer b.hub.close()
	var parts sync.WaitGroup
	parts.Go(func() { b.listen(ctx) })
	parts.Go(func() { b.feedLogs(ctx) })
	parts.Go(func() { b.readStates(ctx) })
	parts.Go(func() { b.resend(ctx) })
	b.tend(ctx)
	parts.Wait()
	return nil
}

// tend polls the logs and forgets unused topics until ctx ends.
func (b *Redis) tend(ctx context.Context) {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	poll := time.NewTicker(max(min(pollEvery, b.opts.HistoryAge/2), time.Second))
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-sweep.C:
			b.hub.sweep(now)
			signal(b.topicsChanged)
		case <-poll.C:
			b.unfed.add(b.hub.logNames()...)
		}
	}
}

// Check implements [Bus]: it pings Redis.
func (b *Redis) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	if err := b.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("bus: ping Redis: %w", err)
	}
	return nil
}

// Close implements [Bus].
func (b *Redis) Close() { b.hub.close() }

// Names of channels and keys. The braces make all keys of a topic share a slot of a cluster.
const (
	logKind   = "log:{"
	stateKind = "state:{"
)

func (b *Redis) logName(topic string) string   { return b.opts.Prefix + logKind + topic + "}" }
func (b *Redis) stateName(topic string) string { return b.opts.Prefix + stateKind + topic + "}" }

func (b *Redis) logKeys(topic string) []string {
	name := b.logName(topic)
	return []string{name, name + ":meta", name + ":ids"}
}

// topicOf tells which topic a channel speaks of, and whether it is a log.
func (b *Redis) topicOf(channel string) (topic string, isLog bool) {
	name := strings.TrimSuffix(strings.TrimPrefix(channel, b.opts.Prefix), "}")
	if topic, isLog = strings.CutPrefix(name, logKind); isLog {
		return topic, true
	}
	return strings.TrimPrefix(name, stateKind), false
}
