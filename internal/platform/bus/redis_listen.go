package bus

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// pingEvery keeps the subscribed connection busy, so that silence for silentFor means that
	// it is dead.
	pingEvery = 5 * time.Second
	silentFor = 15 * time.Second
	// subscribeBatch bounds the channels of one SUBSCRIBE.
	subscribeBatch = 512
)

// listen keeps one subscribed connection until ctx ends. Every session subscribes anew, and
// every confirmed subscription makes its topic catch up: starting and reconnecting are one path.
func (b *Redis) listen(ctx context.Context) {
	var pause backoff
	lost := false
	for {
		started := time.Now()
		err := b.session(ctx, lost)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > longPause {
			pause.reset()
			lost = false
		}
		if !lost {
			b.opts.Logger.Warn("bus lost its Redis connection", "error", err)
		}
		lost = true
		if pause.wait(ctx, nil) != nil {
			return
		}
	}
}

// session holds a connection until it fails or ctx ends, and returns why. again says that the
// loss of the connection before was logged, and so should be its return.
func (b *Redis) session(ctx context.Context, again bool) error {
	session, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sub := b.client.Subscribe(session)
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := sub.Ping(session); err != nil {
			cancel(err)
			return
		}
		if again {
			b.opts.Logger.Info("bus has its Redis connection back")
		}
		parts.Go(func() { cancel(b.subscribe(session, sub)) })
		parts.Go(func() { cancel(b.receive(ctx, sub)) })
	})
	<-session.Done()
	// Closing unblocks the receiver, which does not watch a context while it reads.
	_ = sub.Close()
	parts.Wait()
	return context.Cause(session)
}

// subscribe keeps the subscriptions equal to the topics of the hub, and pings.
func (b *Redis) subscribe(ctx context.Context, sub *redis.PubSub) error {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	current := make(map[string]*lease)
	for {
		if err := b.reconcile(ctx, sub, current); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.topicsChanged:
		case <-ping.C:
			if err := sub.Ping(ctx); err != nil {
				return err
			}
		}
	}
}

// reconcile subscribes to what is missing from current and unsubscribes from what is not wanted.
// Topics are told apart by their lease: one that was forgotten and made anew before its channel
// was given up gets no confirmation from Redis any more.
func (b *Redis) reconcile(ctx context.Context, sub *redis.PubSub, current map[string]*lease) error {
	wanted := b.channels()
	var missing, renewed, excess []string
	for name, topic := range wanted {
		switch before, subscribed := current[name]; {
		case !subscribed:
			missing = append(missing, name)
		case before != topic:
			renewed = append(renewed, name)
		}
		current[name] = topic
	}
	for name := range current {
		if _, ok := wanted[name]; !ok {
			excess = append(excess, name)
			delete(current, name)
		}
	}
	for batch := range slices.Chunk(missing, subscribeBatch) {
		if err := sub.Subscribe(ctx, batch...); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(excess, subscribeBatch) {
		if err := sub.Unsubscribe(ctx, batch...); err != nil {
			return err
		}
	}
	for _, name := range renewed {
		b.catchUpOn(name)
	}
	return nil
}

// channels names the channels of all topics in the hub.
func (b *Redis) channels() map[string]*lease {
	b.hub.mu.Lock()
	defer b.hub.mu.Unlock()
	wanted := make(map[string]*lease, len(b.hub.logs)+len(b.hub.states))
	for name, topic := range b.hub.logs {
		wanted[b.logName(name)] = &topic.lease
	}
	for name, topic := range b.hub.states {
		wanted[b.stateName(name)] = &topic.lease
	}
	return wanted
}

// receive handles what arrives until the connection fails.
func (b *Redis) receive(ctx context.Context, sub *redis.PubSub) error {
	for {
		received, err := sub.ReceiveTimeout(ctx, silentFor)
		if err != nil {
			return err
		}
		switch m := received.(type) {
		case *redis.Subscription:
			if m.Kind == "subscribe" {
				b.catchUpOn(m.Channel)
			}
		case *redis.Message:
			b.heard(m.Channel, m.Payload)
		}
	}
}

// catchUpOn makes the topic of a channel catch up with what happened before its subscription.
func (b *Redis) catchUpOn(channel string) {
	topic, isLog := b.topicOf(channel)
	if isLog {
		b.unfed.add(topic)
		return
	}
	b.unread.add(topic)
}

// heard handles an announcement: a log must be read, a state comes with its value.
func (b *Redis) heard(channel, payload string) {
	topic, isLog := b.topicOf(channel)
	if isLog {
		b.unfed.add(topic)
		return
	}
	if t := b.hub.findState(topic); t != nil {
		if got := decodeState(payload); got.found {
			t.set(got.version, got.value, time.Now())
		}
	}
}
