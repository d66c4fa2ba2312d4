package dashboard

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// maxAnswers and keptRows bound the kept answers: a row takes some 300 bytes.
	maxAnswers = 4096
	keptRows   = 200_000
)

// answers are those that are kept, the latest used longest.
type answers struct {
	mu   sync.Mutex
	kept *lru.Cache[key, keptAnswer]
	rows int
}

type keptAnswer struct {
	analysis *Analysis // as it is given out again
	begun    stamp
}

func newAnswers() *answers {
	a := &answers{}
	a.kept, _ = lru.NewWithEvict(maxAnswers, func(_ key, k keptAnswer) { a.rows -= k.weight() }) // fails for a size below 1 only
	return a
}

// weight is what an answer counts for, in rows.
func (k keptAnswer) weight() int { return len(k.analysis.Rows) + 1 }

// get returns the kept answer where it holds; nil otherwise.
func (a *answers) get(k key, holds func(begun stamp) bool) *Analysis {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.kept.Get(k)
	if !ok || !holds(found.begun) {
		return nil
	}
	return found.analysis
}

// put keeps an answer, in place of what was kept longest without being asked for.
func (a *answers) put(k key, analysis *Analysis, begun stamp) {
	again := *analysis
	again.Freshness.Cached = true
	entry := keptAnswer{&again, begun}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept.Remove(k)
	a.kept.Add(k, entry)
	a.rows += entry.weight()
	for a.rows > keptRows && a.kept.Len() > 1 {
		a.kept.RemoveOldest()
	}
}
