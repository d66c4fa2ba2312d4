package bus

import (
	"context"
	"time"
)

// sweepEvery is how often topics are trimmed and unused ones forgotten. A topic without users
// therefore lingers between 15 and 30 seconds, which spares a new connection to those who return.
const sweepEvery = 15 * time.Second

// Memory is the bus of a single process. It works without Run, which only trims and forgets
// what is too old.
type Memory struct{ hub *hub }

var _ Bus = (*Memory)(nil)

// NewMemory returns an empty bus. It starts nothing.
func NewMemory(opts Options) *Memory {
	return &Memory{hub: newHub(opts.withDefaults(), false, func() {}, nil)}
}

// Append implements [Bus].
func (m *Memory) Append(ctx context.Context, topic string, messages ...Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := m.hub.acquireLog(topic)
	if err != nil {
		return err
	}
	defer t.drop()
	t.append(time.Now(), messages)
	return nil
}

// Follow implements [Bus].
func (m *Memory) Follow(ctx context.Context, topic, after string, keys ...string) (*Reader, error) {
	return m.hub.follow(ctx, topic, after, keys)
}

// Set implements [Bus].
func (m *Memory) Set(ctx context.Context, topic string, version int64, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := m.hub.acquireState(topic)
	if err != nil {
		return err
	}
	defer t.drop()
	t.set(version, value, time.Now())
	return nil
}

// Watch implements [Bus].
func (m *Memory) Watch(ctx context.Context, topic string) (*Watcher, error) {
	return m.hub.watch(ctx, topic)
}

// Run implements [Bus].
func (m *Memory) Run(ctx context.Context) error {
	defer m.hub.close()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			m.hub.sweep(time.Now())
		}
	}
}

// Check implements [Bus]: memory can always be reached until the bus is closed.
func (m *Memory) Check(context.Context) error {
	select {
	case <-m.hub.done:
		return ErrClosed
	default:
		return nil
	}
}

// Close implements [Bus].
func (m *Memory) Close() { m.hub.close() }
