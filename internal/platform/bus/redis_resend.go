package bus

import (
	"context"
	"sync"
)

// outboxLimit bounds the states that wait to be sent again. Each is one value; what does not fit
// is only known to the caller of Set, who was told.
const outboxLimit = 10_000

// outbox keeps the newest unsent value of each state.
type outbox struct {
	waiting *worklist

	mu     sync.Mutex
	values map[string]carried
}

func newOutbox() *outbox {
	return &outbox{waiting: newWorklist(), values: make(map[string]carried)}
}

func (o *outbox) keep(topic string, version int64, value []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before, known := o.values[topic]
	if known && before.version >= version || !known && len(o.values) >= outboxLimit {
		return
	}
	o.values[topic] = carried{version: version, value: value, found: true}
	o.waiting.add(topic)
}

// take waits for a value and returns it. It stays in the outbox until it is removed.
func (o *outbox) take(ctx context.Context) (topic string, unsent carried, err error) {
	topics, err := o.waiting.take(ctx, 1)
	if err != nil {
		return "", carried{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return topics[0], o.values[topics[0]], nil
}

// remove forgets the value unless a newer one took its place.
func (o *outbox) remove(topic string, version int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.values[topic].version == version {
		delete(o.values, topic)
	}
}

// resend sends what is in the outbox until ctx ends. It tries one value while Redis is away, and
// the rest right after that one has arrived.
func (b *Redis) resend(ctx context.Context) {
	var pause backoff
	for {
		topic, unsent, err := b.unsent.take(ctx)
		if err != nil {
			return
		}
		if unsent.found && b.send(ctx, topic, unsent.version, unsent.value) != nil {
			b.unsent.waiting.add(topic)
			if pause.wait(ctx, nil) != nil {
				return
			}
			continue
		}
		pause.reset()
		b.unsent.remove(topic, unsent.version)
	}
}
