package cache

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// entryOverhead is about what an entry costs in bytes beside its key and its value: the
// list node, the map slot and the headers. It keeps many tiny values inside the bound too.
const entryOverhead = 160

// Memory is a [Cache] inside this process. It holds at most a number of bytes and forgets
// the least recently used entries first. It is never away: its only error is [ErrTTL].
type Memory struct {
	maxBytes int64

	mu      sync.Mutex
	entries *lru[memoryEntry]
	bytes   int64
}

type memoryEntry struct {
	value   []byte
	expires time.Time
}

var _ Cache = (*Memory)(nil)

// NewMemory returns an empty cache that holds at most maxBytes bytes, counting keys, values
// and the bookkeeping of each entry. A value that cannot fit alone is not kept.
func NewMemory(maxBytes int64) *Memory {
	return &Memory{maxBytes: maxBytes, entries: newLRU[memoryEntry]()}
}

// Get implements [Cache].
func (m *Memory) Get(_ context.Context, key string) (value []byte, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entry, ok := m.entries.get(key)
	if !ok {
		return nil, false, nil
	}
	if !time.Now().Before(entry.expires) {
		m.forget(key)
		return nil, false, nil
	}
	return bytes.Clone(entry.value), true, nil
}

// Set implements [Cache].
func (m *Memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return ErrTTL
	}
	entry := memoryEntry{value: append([]byte{}, value...), expires: time.Now().Add(ttl)}
	m.mu.Lock()
	defer m.mu.Unlock()
	// The older value goes even when the new one is too large: a reader must not see it again.
	m.forget(key)
	if cost(key, entry) > m.maxBytes {
		return nil
	}
	m.entries.put(key, entry)
	m.bytes += cost(key, entry)
	for m.bytes > m.maxBytes {
		oldest, _, _ := m.entries.oldest()
		m.forget(oldest)
	}
	return nil
}

// Delete implements [Cache].
func (m *Memory) Delete(_ context.Context, keys ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		m.forget(key)
	}
	return nil
}

// forget takes the entry of key out and gives its bytes back. The lock is held.
func (m *Memory) forget(key string) {
	if entry, ok := m.entries.remove(key); ok {
		m.bytes -= cost(key, entry)
	}
}

// cost returns the bytes that an entry counts for.
func cost(key string, entry memoryEntry) int64 {
	return int64(len(key) + len(entry.value) + entryOverhead)
}
