package exec

import (
	"context"
	"fmt"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// ResolveField does what graphql.ResolveField does for a field without directives, and calls no field
// interceptors. It keeps none of the functions, so that they cost their callers no memory.
func ResolveField[T any](
	ctx context.Context,
	oc *graphql.OperationContext,
	field graphql.CollectedField,
	fieldContext func(ctx context.Context, field graphql.CollectedField) (*graphql.FieldContext, error),
	resolve func(ctx context.Context) (any, error),
	_ func(ctx context.Context, next graphql.Resolver) graphql.Resolver,
	marshal func(ctx context.Context, selections ast.SelectionSet, v T) graphql.Marshaler,
	recoverFromPanic bool,
	nonNull bool,
) (answer graphql.Marshaler) {
	fc, err := fieldContext(ctx, field)
	if err != nil {
		return graphql.Null // its arguments were refused, which has been said
	}
	ctx = graphql.WithFieldContext(ctx, fc)
	if recoverFromPanic {
		defer func() {
			if p := recover(); p != nil {
				oc.Error(ctx, oc.Recover(ctx, p))
				answer = graphql.Null
			}
		}()
	}
	resolved, err := resolve(ctx)
	if err != nil {
		oc.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
		return graphql.Null
	}
	if resolved == nil {
		if nonNull && !graphql.HasFieldError(ctx, fc) {
			oc.Errorf(ctx, "must not be null")
		}
		return graphql.Null
	}
	switch v := resolved.(type) {
	case T:
		fc.Result = v
		return marshal(ctx, field.Selections, v)
	case graphql.Marshaler:
		fc.Result = v
		return v
	}
	oc.Errorf(ctx, "unexpected type %T from middleware/directive chain, should be %T", resolved, *new(T))
	return graphql.Null
}

// object writes the fields of an object.
type object struct {
	plan   *Plan
	values []graphql.Marshaler
}

// Object returns what writes the values of the plan's fields.
func (p *Plan) Object(values []graphql.Marshaler) graphql.Marshaler {
	return &object{plan: p, values: values}
}

// MarshalGQL writes the object as JSON.
func (o *object) MarshalGQL(w io.Writer) {
	separator := "{"
	for i, value := range o.values {
		if !o.plan.first[i] {
			continue
		}
		write(w, separator)
		write(w, o.plan.keys[i])
		value.MarshalGQL(w)
		separator = ","
	}
	if separator == "{" {
		write(w, separator)
	}
	write(w, "}")
}

// write writes text into the buffer of an answer, which never fails.
func write(w io.Writer, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		panic(fmt.Errorf("write an answer: %w", err))
	}
}
