package resolvers

import (
	"context"

	"github.com/moa-bff/moa/graph"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// userErrors phrases the refusals inside err in the viewer's language. What is no refusal of the
// business stays an error: it speaks of the request and goes to the top level of the answer.
func (r *Resolver) userErrors(ctx context.Context, err error) ([]*graph.UserError, error) {
	refusals := fault.BusinessOf(err)
	if len(refusals) == 0 {
		return []*graph.UserError{}, err
	}
	userErrors := make([]*graph.UserError, len(refusals))
	for i, f := range refusals {
		userErrors[i] = &graph.UserError{Code: f.Code, Message: r.words.Fault(viewer.Language(ctx), f), Field: f.Field}
	}
	return userErrors, nil
}
