// Package exec is what the generated executor runs on beside gqlgen's own runtime.
//
// gqlgen answers each field as if it might wait: a goroutine for every resolver and for every element of
// a list, a context and three closures for every name or number. Most of a page waits for nothing once its
// rows are there. So package execgen changes gqlgen's templates in a few places, and the changed places
// call this package: the selection of an object is worked out once an operation ([Plan]), what the lists
// below a root field will ask for is loaded level by level before any of it is written ([Lookahead]), and
// what then waits for nothing is written in sequence. Whatever may wait takes gqlgen's way, untouched.
//
// Answers, errors and paths are those of gqlgen, which test/conformance holds byte by byte. Two things are
// given up: field interceptors (graphql.FieldInterceptor, handler.AroundFields) are not called below the
// root fields, and graphql.UnmarshalInputFromContext knows no inputs. Directives of the schema and of the
// document work everywhere.
package exec

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Resolvers names the fields with a resolver, by their object.
type Resolvers map[string]map[string]struct{}

// Run is the state of one operation. The zero value is ready for use by many goroutines.
type Run struct {
	ahead atomic.Pointer[lookahead]
	mu    sync.RWMutex
	root  *Plan // the first one, at its place: the only one of a small document
	at    position
	plans map[position]*Plan // all others
}

// position is one place of a document, answered for one type of object. Collecting fields makes a slice of
// its own for each place, also where a fragment is spread in several.
type position struct {
	selections *ast.Selection
	object     string
}

// Plan is what is selected of an object at one place of the document.
type Plan struct {
	// Fields are the fields in the order of the answer.
	Fields []graphql.CollectedField

	object   string
	known    []fieldPlan // of each field
	deferred bool
	waits    atomic.Int32
}

// fieldPlan is what is known of a field beside what was collected.
type fieldPlan struct {
	key   string // its name in the answer, quoted, with its colon
	first bool   // false where its name was written before
	ready bool   // its resolver waits for nothing: it is instant, or its value was looked ahead
}

// What is known of whether anything at or below a place waits.
const (
	unknown int32 = iota
	never
	maybe
)

// Plan returns what is selected of an object of the given type, which satisfies the named types.
func (r *Run) Plan(oc *graphql.OperationContext, selections ast.SelectionSet, object string, satisfies []string) *Plan {
	at := position{unsafe.SliceData(selections), object} //nolint:gosec // the address tells places apart, and is never followed
	r.mu.RLock()
	p := r.plan(at)
	r.mu.RUnlock()
	if p != nil {
		return p
	}
	p = newPlan(shapeOf(oc, at, selections, satisfies), object, r.ahead.Load())
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.plan(at); known != nil {
		return known
	}
	switch {
	case r.root == nil:
		r.root, r.at = p, at
	case r.plans == nil:
		r.plans = map[position]*Plan{at: p}
	default:
		r.plans[at] = p
	}
	return p
}

// plan returns the plan for a place; nil when there is none yet. It needs the lock.
func (r *Run) plan(at position) *Plan {
	if r.root != nil && r.at == at {
		return r.root
	}
	return r.plans[at]
}

func newPlan(is *shape, object string, ahead *lookahead) *Plan {
	p := &Plan{Fields: is.fields, object: object, known: slices.Clone(is.known), deferred: is.deferred}
	if ahead == nil {
		return p
	}
	for i, f := range is.fields {
		p.known[i].ready = ahead.Instant(object, f.Name)
	}
	return p
}

// Ready reports whether the resolver of the i-th field waits for nothing, so that calling it at once
// keeps nobody from being batched.
func (p *Plan) Ready(i int) bool { return p.known[i].ready }

// Deferring returns what collects the fields that are answered later; nil where there are none.
func (p *Plan) Deferring() (*graphql.FieldSet, map[string]*graphql.FieldSetView) {
	if !p.deferred {
		return nil, nil
	}
	return graphql.NewFieldSet(nil), map[string]*graphql.FieldSetView{}
}

// Waits reports whether marshalling an object of the given type may wait for anything, at any depth.
// Only objects below a root field that was looked ahead never do.
func (r *Run) Waits(oc *graphql.OperationContext, selections ast.SelectionSet, object string, satisfies []string, resolvers Resolvers) bool {
	if r.ahead.Load() == nil || len(selections) == 0 {
		return true
	}
	p := r.Plan(oc, selections, object, satisfies)
	if known := p.waits.Load(); known != unknown {
		return known == maybe
	}
	waits := r.anyWaits(oc, p, resolvers)
	if waits {
		p.waits.Store(maybe)
	} else {
		p.waits.Store(never)
	}
	return waits
}

func (r *Run) anyWaits(oc *graphql.OperationContext, p *Plan, resolvers Resolvers) bool {
	for i, f := range p.Fields {
		_, resolved := resolvers[p.object][f.Name]
		if resolved && !p.known[i].ready || f.IsDeferred() {
			return true
		}
		if len(f.Selections) == 0 {
			continue
		}
		child := r.ahead.Load().schema.Types[f.Definition.Type.Name()]
		if child.Kind != ast.Object || r.Waits(oc, f.Selections, child.Name, satisfied(r.ahead.Load().schema, child), resolvers) {
			return true
		}
	}
	return false
}

// satisfied returns the names of the type conditions that hold for an object.
func satisfied(schema *ast.Schema, object *ast.Definition) []string {
	names := []string{object.Name}
	for _, abstract := range schema.Implements[object.Name] {
		names = append(names, abstract.Name)
	}
	return names
}

// MarshalSlice marshals the elements of a list: in sequence where that keeps nobody waiting, and
// otherwise as gqlgen does.
func MarshalSlice(
	ctx context.Context, waits bool, length int, workers int64, omitPanicHandler bool,
	element func(ctx context.Context, i int) graphql.Marshaler,
) graphql.Array {
	if waits {
		return graphql.MarshalSliceConcurrently(ctx, length, workers, omitPanicHandler, element)
	}
	list := make(graphql.Array, length)
	indices := make([]int, length)
	contexts := make([]graphql.FieldContext, length)
	sound := true
	for i := range list {
		indices[i] = i
		contexts[i].Index = &indices[i]
		sound = marshalElement(graphql.WithFieldContext(ctx, &contexts[i]), list, i, element) && sound
	}
	if !sound {
		return nil
	}
	return list
}

// marshalElement reports whether the element could be marshalled: a panic costs the list, but the other
// elements are still asked for their errors.
func marshalElement(
	ctx context.Context, list graphql.Array, i int, element func(ctx context.Context, i int) graphql.Marshaler,
) (sound bool) {
	defer func() {
		if p := recover(); p != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, p))
		}
	}()
	list[i] = element(ctx, i)
	return true
}
