package obs

import (
	"strings"
	"sync"
)

// maxName is the longest operation name that becomes a label.
const maxName = 64

// names keeps labels that clients choose few: the first ones to come are kept as they are,
// the rest are "other". Which names those are may differ between replicas.
type names struct {
	max int

	mu   sync.RWMutex
	kept map[string]string
}

func newNames(maxKept int) *names {
	return &names{max: maxKept, kept: make(map[string]string, maxKept)}
}

// label returns the label for an operation name: itself, "anonymous" for none, "other" for
// one that is too long, not a GraphQL name, or too many.
func (n *names) label(name string) string {
	if name == "" {
		return "anonymous"
	}
	if !isName(name) {
		return "other"
	}
	n.mu.RLock()
	label, known := n.kept[name]
	full := len(n.kept) >= n.max
	n.mu.RUnlock()
	if known {
		return label
	}
	if full {
		return "other"
	}
	return n.keep(name)
}

// keep makes name a label of its own while there is room.
func (n *names) keep(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if label, known := n.kept[name]; known {
		return label
	}
	if len(n.kept) >= n.max {
		return "other"
	}
	// A copy: the name is a slice of the client's whole document, which must not live on.
	label := strings.Clone(name)
	n.kept[label] = label
	return label
}

// isName reports whether s is a Name of the GraphQL specification (October 2021, section
// 2.1.9) that is not too long.
func isName(s string) bool {
	if s == "" || len(s) > maxName || '0' <= s[0] && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) {
			return false
		}
	}
	return true
}
