package obs

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// operationLabels and requestLabels are the labels of what is counted for each request.
type (
	operationLabels struct{ operation, kind, outcome string }
	requestLabels   struct {
		pathClass string
		code      int
	}
)

// counters finds the counters of a vector by typed labels, several times as quickly as the vector: that
// hashes every text of the labels, and of each request twice.
type counters[L comparable] struct {
	vector *prometheus.CounterVec
	values func(L) []string

	mu    sync.RWMutex
	known map[L]prometheus.Counter
}

func newCounters[L comparable](vector *prometheus.CounterVec, values func(L) []string) *counters[L] {
	return &counters[L]{vector: vector, values: values, known: map[L]prometheus.Counter{}}
}

// of returns the counter with the labels. There are few of them, or they must not be labels.
func (c *counters[L]) of(labels L) prometheus.Counter {
	c.mu.RLock()
	counter, known := c.known[labels]
	c.mu.RUnlock()
	if known {
		return counter
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	counter = c.vector.WithLabelValues(c.values(labels)...)
	c.known[labels] = counter
	return counter
}
