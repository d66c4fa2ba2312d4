package exec

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Lookahead loads what an answer will need before it is written.
type Lookahead interface {
	// Instant reports whether the resolver of an object's field answers from what it is given, without
	// waiting for anything.
	Instant(object, field string) bool
	// Fill loads what the selection below the result of a root field asks for, level by level, and marks
	// it in the plans of the selection. What it leaves out is resolved field by field.
	Fill(ctx context.Context, below Selection, result any)
}

type lookaheadKey struct{}

// With returns a context whose operation looks ahead.
func With(ctx context.Context, l Lookahead) context.Context {
	return context.WithValue(ctx, lookaheadKey{}, l)
}

type lookahead struct {
	Lookahead
	schema *ast.Schema
}

// Arguments returns the arguments of an object's field as its resolver gets them.
type Arguments func(ctx context.Context, object, field string, raw map[string]any) (map[string]any, error)

// Selection is what a document asks for at one place.
type Selection struct {
	run        *Run
	operation  *graphql.OperationContext
	schema     *ast.Schema
	arguments  Arguments
	selections ast.SelectionSet
	object     *ast.Definition
}

// LookAhead fills in what the document asks for below the result of a root field. Without a [Lookahead] in
// the context it does nothing.
func (r *Run) LookAhead(
	ctx context.Context, oc *graphql.OperationContext, schema *ast.Schema, arguments Arguments,
	field graphql.CollectedField, result any,
) {
	l, ok := ctx.Value(lookaheadKey{}).(Lookahead)
	if !ok || len(field.Selections) == 0 {
		return
	}
	r.ahead.CompareAndSwap(nil, &lookahead{l, schema})
	l.Fill(ctx, Selection{
		run: r, operation: oc, schema: schema, arguments: arguments,
		selections: field.Selections, object: schema.Types[field.Definition.Type.Name()],
	}, result)
}

// Object returns the name of the type that is selected from, which may be an interface or a union.
func (s Selection) Object() string { return s.object.Name }

// Abstract reports whether it is selected from an interface or a union, whose objects are of several types.
func (s Selection) Abstract() bool { return s.object.IsAbstractType() }

// As returns the selection for one type of what may be several.
func (s Selection) As(object string) Selection {
	s.object = s.schema.Types[object]
	return s
}

// Plan returns what is selected of the object.
func (s Selection) Plan() *Plan {
	return s.run.Plan(s.operation, s.selections, s.object.Name, satisfied(s.schema, s.object))
}

// Below returns what is selected from a field of the object; false for a field without fields.
func (s Selection) Below(field graphql.CollectedField) (Selection, bool) {
	if len(field.Selections) == 0 {
		return Selection{}, false
	}
	s.selections, s.object = field.Selections, s.schema.Types[field.Definition.Type.Name()]
	return s, true
}

// Arguments returns the arguments of a field as its resolver gets them, or why they are refused.
func (s Selection) Arguments(ctx context.Context, field graphql.CollectedField) (map[string]any, error) {
	return s.arguments(ctx, s.object.Name, field.Name, field.ArgumentMap(s.operation.Variables))
}

// MarkReady says that the value of the i-th field was loaded for all objects at this place.
func (p *Plan) MarkReady(i int) { p.known[i].ready = true }
