package limits

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Introspection decides whether clients may read the schema through `__schema` and `__type`.
// It replaces gqlgen's extension of the same name, which answers null without a word when
// introspection is off. `__typename` always works.
type Introspection struct {
	// Allow lets every client read the schema.
	Allow bool
}

var (
	_ graphql.HandlerExtension        = Introspection{}
	_ graphql.OperationContextMutator = Introspection{}
)

// ExtensionName implements [graphql.HandlerExtension].
func (Introspection) ExtensionName() string { return "Introspection" }

// Validate implements [graphql.HandlerExtension].
func (Introspection) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements [graphql.OperationContextMutator].
func (i Introspection) MutateOperationContext(_ context.Context, opCtx *graphql.OperationContext) *gqlerror.Error {
	opCtx.DisableIntrospection = !i.Allow
	if i.Allow {
		return nil
	}
	seen := map[*ast.FragmentDefinition]bool{}
	if name := introspects(opCtx.Operation.SelectionSet, seen); name != "" {
		return refuse(CodeForbidden, "`%s` is not available: this server does not show its schema.", name)
	}
	return nil
}

// introspects returns the name of an introspection field among the root fields, or "".
func introspects(set ast.SelectionSet, seen map[*ast.FragmentDefinition]bool) string {
	for _, selection := range set {
		name := ""
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name == "__schema" || s.Name == "__type" {
				name = s.Name
			}
		case *ast.InlineFragment:
			name = introspects(s.SelectionSet, seen)
		case *ast.FragmentSpread:
			if s.Definition == nil || seen[s.Definition] {
				continue
			}
			seen[s.Definition] = true
			name = introspects(s.Definition.SelectionSet, seen)
		}
		if name != "" {
			return name
		}
	}
	return ""
}
