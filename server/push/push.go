// Package push lets an operation middleware hand answers to a client at once, instead of waking the
// client's goroutine for each: for a crowd, that costs half as much as writing the answers.
package push

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// To hands an answer to the client of a subscription without waiting for anybody. It is false when the
// client cannot take the answer now; the response handler must then return it.
//
// The order of the answers is the caller's to keep: calls must not overlap, and none may come between the
// response handler's return of an answer and the next call of it, nor after it has returned nil.
type To func(answer *graphql.Response) bool

type key struct{}

// With returns the context of a subscription whose client takes answers by to.
func With(ctx context.Context, to To) context.Context { return context.WithValue(ctx, key{}, to) }

// From returns what takes answers for the client; nil when all must come from the response handler.
func From(ctx context.Context) To {
	to, _ := ctx.Value(key{}).(To)
	return to
}
