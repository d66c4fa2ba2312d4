package limits

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Cache keeps the entries used last, and none whose text is long: clients choose the texts, so
// the memory they can take must be bounded by entries × text. It is safe for concurrent use.
type Cache[T any] struct {
	entries *lru.Cache[string, T]
	fits    func(key string, value T) bool
}

var _ graphql.Cache[string] = (*Cache[string])(nil)

// NewDocumentCache returns a cache from a hash to the text of a document, for
// [PersistedQueries]. Documents longer than maxText bytes are not kept. It fails when entries
// is not positive.
func NewDocumentCache(entries, maxText int) (*Cache[string], error) {
	return newCache(entries, func(_, text string) bool { return len(text) <= maxText })
}

// NewQueryCache returns a cache from the text of a document to its validated form, for
// Server.SetQueryCache. Documents longer than maxText bytes are not kept. It fails when
// entries is not positive.
func NewQueryCache(entries, maxText int) (*Cache[*ast.QueryDocument], error) {
	return newCache(entries, func(text string, _ *ast.QueryDocument) bool { return len(text) <= maxText })
}

func newCache[T any](entries int, fits func(string, T) bool) (*Cache[T], error) {
	list, err := lru.New[string, T](entries)
	if err != nil {
		return nil, fmt.Errorf("document cache: %w", err)
	}
	return &Cache[T]{entries: list, fits: fits}, nil
}

// Get implements [graphql.Cache].
func (c *Cache[T]) Get(_ context.Context, key string) (T, bool) { return c.entries.Get(key) }

// Add implements [graphql.Cache].
func (c *Cache[T]) Add(_ context.Context, key string, value T) {
	if c.fits(key, value) {
		c.entries.Add(key, value)
	}
}
