package cached_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/server/cached"
)

// sdl has every way to say, and not to say, that something may be kept.
const sdl = `
directive @cacheControl(maxAge: Int!) on FIELD_DEFINITION | OBJECT
directive @auth on FIELD_DEFINITION
directive @defer on FRAGMENT_SPREAD | INLINE_FRAGMENT
type Query {
  shop(id: ID): Shop
  short: Shop @cacheControl(maxAge: 5)
  never: Shop @cacheControl(maxAge: 0)
  mine: Shop @cacheControl(maxAge: 0)
  guarded: Shop @auth
  unsaid: Other
  count: Int
  counted: Int @cacheControl(maxAge: 60)
}
type Mutation { shop: Shop }
type Shop @cacheControl(maxAge: 60) { name: String followed: Boolean @cacheControl(maxAge: 0) next: Shop other: Other brief: Shop @cacheControl(maxAge: 2) }
type Other { name: String }`

// door is a cache with a source of answers behind it.
type door struct {
	*cached.Cache

	schema    *ast.Schema
	ledger    *reads.Ledger
	documents sync.Map
	computed  atomic.Int32
	// compute is what the executor would do.
	compute func(ctx context.Context) *graphql.Response
	hits    sync.Map // from → *atomic.Int32
	misses  atomic.Int32
}

func open(t *testing.T, tune ...func(*cached.Options)) *door {
	t.Helper()
	d := &door{schema: gqlparser.MustLoadSchema(&ast.Source{Input: sdl}), ledger: reads.NewLedger()}
	opts := cached.Options{
		Schema: d.schema, Ledger: d.ledger, MaxBytes: 1 << 20, Visible: true,
		OnHit: func(from string) {
			n, _ := d.hits.LoadOrStore(from, &atomic.Int32{})
			n.(*atomic.Int32).Add(1) //nolint:forcetypeassert // nothing else is put in
		},
		OnMiss: func() { d.misses.Add(1) },
	}
	for _, change := range tune {
		change(&opts)
	}
	var err error
	d.Cache, err = cached.New(opts)
	require.NoError(t, err)
	d.compute = func(ctx context.Context) *graphql.Response {
		reads.Note(ctx, "sto_1")
		return &graphql.Response{Data: fmt.Appendf(nil, `{"n":%d}`, d.computed.Load())}
	}
	return d
}

// ask asks a document and returns the data, and whether it was kept.
func (d *door) ask(ctx context.Context, query string, variables map[string]any) (data string, hit bool) {
	document, ok := d.documents.Load(query)
	if !ok {
		document, _ = d.documents.LoadOrStore(query, gqlparser.MustLoadQueryWithRules(d.schema, query, rules.NewDefaultRules()))
	}
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery: query, Variables: variables,
		Operation: document.(*ast.QueryDocument).Operations[0], //nolint:forcetypeassert // nothing else is put in
	})
	answer := d.Intercept(ctx, func(ctx context.Context) *graphql.Response {
		d.computed.Add(1)
		return d.compute(ctx)
	})
	shown, _ := answer.Extensions["cache"].(map[string]any)
	hit, _ = shown["hit"].(bool)
	return string(answer.Data), hit
}

func (d *door) from(place string) int {
	n, ok := d.hits.Load(place)
	if !ok {
		return 0
	}
	return int(n.(*atomic.Int32).Load()) //nolint:forcetypeassert // nothing else is put in
}

const shop = `{ shop { name } }`
