package dashboard

import (
	"slices"
	"sync"
)

// remarks are what a source says of its answers beside the numbers, each thing once, however many parts of the
// answer it is said of.
type remarks struct {
	mu   sync.Mutex
	said []string // keys of the catalogues of words
}

func (r *remarks) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.said, key) {
		r.said = append(r.said, key)
	}
}

// warnings returns what was said, always in one order.
func (r *remarks) warnings() []Warning {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.said)
	found := make([]Warning, len(r.said))
	for i, key := range r.said {
		found[i].Key = key
	}
	return found
}
