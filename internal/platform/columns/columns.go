// Package columns lets a read leave out the columns that nobody looks at. Whoever knows what will be looked at
// says so in the context; a read asks, and reads everything where nobody has said anything.
package columns

import (
	"context"
	"slices"
)

// Asked knows which columns are looked at.
type Asked interface {
	// Columns returns the columns of a table that are looked at, each perhaps more than once; known is false
	// where it may be any.
	Columns(table string) (looked []string, known bool)
}

type askedKey struct{}

// With returns a context whose reads may leave out what is not asked for.
func With(ctx context.Context, a Asked) context.Context {
	return context.WithValue(ctx, askedKey{}, a)
}

// Of returns, of all columns that a read can give, in their order, those that are looked at and those that
// the read itself needs; all of them where anybody may look at any.
func Of(ctx context.Context, table string, all []string, needed ...string) []string {
	a, ok := ctx.Value(askedKey{}).(Asked)
	if !ok {
		return all
	}
	looked, known := a.Columns(table)
	if !known {
		return all
	}
	chosen := make([]string, 0, len(all))
	for _, column := range all {
		if slices.Contains(needed, column) || slices.Contains(looked, column) {
			chosen = append(chosen, column)
		}
	}
	return chosen
}
