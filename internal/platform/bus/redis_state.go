package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// stateBatch bounds how many states are read in one pipeline.
const stateBatch = 256

// Set implements [Bus]. A value that did not reach Redis is sent again when Redis is back, unless
// a newer one was: without that, watchers of other replicas could show an old value for long.
func (b *Redis) Set(ctx context.Context, topic string, version int64, value []byte) error {
	if t := b.hub.findState(topic); t != nil {
		t.set(version, value, time.Now())
	}
	err := b.send(ctx, topic, version, value)
	if err != nil {
		b.unsent.keep(topic, version, value)
	}
	return err
}

// send runs the set script. When Redis knows a newer value the hub takes that.
func (b *Redis) send(ctx context.Context, topic string, version int64, value []byte) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	name := b.stateName(topic)
	standing, err := b.scripts.set.Run(ctx, b.client, []string{name},
		encodeVersion(version), value, b.opts.HistoryAge.Milliseconds(), name).Text()
	if err != nil {
		return fmt.Errorf("bus: set %s: %w", topic, err)
	}
	got := decodeState(standing)
	if t := b.hub.findState(topic); t != nil && got.found {
		t.set(got.version, got.value, time.Now())
	}
	return nil
}

// Watch implements [Bus].
func (b *Redis) Watch(ctx context.Context, topic string) (*Watcher, error) {
	return b.hub.watch(ctx, topic)
}

// versionDigits is the width of the largest 64-bit number.
const versionDigits = 20

// encodeVersion writes a version so that the order of texts is the order of numbers, negative
// ones included.
func encodeVersion(version int64) string {
	return fmt.Sprintf("%0*d", versionDigits, uint64(version)^1<<63)
}

// decodeState takes a stored state apart. Nothing is found in an empty or foreign text.
func decodeState(state string) carried {
	if len(state) < versionDigits {
		return carried{}
	}
	n, err := strconv.ParseUint(state[:versionDigits], 10, 64)
	if err != nil {
		return carried{}
	}
	return carried{version: int64(n ^ 1<<63), value: []byte(state[versionDigits:]), found: true}
}

// readStates reads the states whose subscriptions were confirmed, until ctx ends.
func (b *Redis) readStates(ctx context.Context) {
	var pause backoff
	for {
		batch, err := b.unread.take(ctx, stateBatch)
		if err != nil {
			return
		}
		err = b.readBatch(ctx, batch)
		if err == nil {
			pause.reset()
			continue
		}
		b.unread.add(batch...)
		if pause.fresh() && ctx.Err() == nil {
			b.opts.Logger.Warn("bus cannot read states, trying on", "error", err)
		}
		if pause.wait(ctx, nil) != nil {
			return
		}
	}
}

// readBatch brings the topics of one batch in line with Redis.
func (b *Redis) readBatch(ctx context.Context, topics []string) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	pipe := b.client.Pipeline()
	gets := make([]*redis.StringCmd, len(topics))
	before := make([]int64, len(topics))
	for i, topic := range topics {
		gets[i] = pipe.Get(ctx, b.stateName(topic))
		if t := b.hub.findState(topic); t != nil {
			before[i] = t.version()
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i, topic := range topics {
		state, err := gets[i].Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if t := b.hub.findState(topic); t != nil {
			t.sync(decodeState(state), before[i], time.Now())
		}
	}
	return nil
}
