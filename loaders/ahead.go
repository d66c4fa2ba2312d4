package loaders

import (
	"context"
	"reflect"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/internal/platform/exec"
	"github.com/moa-bff/moa/internal/platform/page"
)

// noun is what is known of an object of the schema before any of its fields is resolved.
type noun struct {
	// is the Go type that stands for it, to tell the members of an interface apart.
	is reflect.Type
	// learn remembers objects that were found on the way, so that nobody looks them up by their ids.
	learn func(l *Loaders, objects []any)
	// instant are the fields whose resolvers answer from the object alone.
	instant []string
	// table is where its rows are and all their columns, where reads leave out what nobody looks at; "" where
	// they always read everything. columns are what a field is made of that is not a column of its name: nil for
	// the id alone. A field that is in none of them makes reads give everything.
	table   string
	all     []string
	columns map[string][]string
	// edges are the fields that are looked up elsewhere.
	edges map[string]edge
}

// edge looks up one field of many objects in one query, and returns what was found, each once.
type edge func(ctx context.Context, l *Loaders, objects []any, args map[string]any) (found []any, err error)

// one follows the reference of each object to another.
func one[O, V any](to func(*Loaders) *Edge[string, V], key func(O) string) edge {
	return perhaps(to, func(o O) *string {
		k := key(o)
		return &k
	})
}

// perhaps follows a reference that some of the objects do not have.
func perhaps[O, V any](to func(*Loaders) *Edge[string, V], key func(O) *string) edge {
	return func(ctx context.Context, l *Loaders, objects []any, _ map[string]any) ([]any, error) {
		keys := keysOf(objects, key)
		found, err := to(l).LoadAll(ctx, keys)
		return boxed(found), err
	}
}

// many looks up the page of each object. request makes of a field's arguments what its resolver asks for
// beside the page.
func many[O, T, F any](to func(*Loaders) *Pages[T, F], key func(O) string, request func(args map[string]any) F) edge {
	return func(ctx context.Context, l *Loaders, objects []any, args map[string]any) ([]any, error) {
		keys := keysOf(objects, func(o O) *string {
			k := key(o)
			return &k
		})
		found, err := to(l).edge(pageArgs(args), request(args)).LoadAll(ctx, keys)
		return boxed(found), err
	}
}

// single looks up the page of each object by itself. A page that is refused is left to its resolver, which
// is refused at once.
func single[O, T, F any](to func(*Loaders) *Single[T, F], key func(O) string, request func(args map[string]any) F) edge {
	return func(ctx context.Context, l *Loaders, objects []any, args map[string]any) ([]any, error) {
		keys := keysOf(objects, func(o O) *string {
			k := key(o)
			return &k
		})
		var found []any
		for _, k := range keys {
			if p, err := to(l).Load(ctx, k, pageArgs(args), request(args)); err == nil {
				found = append(found, p)
			}
		}
		return found, nil
	}
}

// pageArgs returns the arguments of a connection.
func pageArgs(args map[string]any) page.Args {
	return page.Args{First: arg[*int](args, "first"), After: arg[*string](args, "after"), Last: arg[*int](args, "last"), Before: arg[*string](args, "before")}
}

// arg returns an argument; the zero value where it was not given.
func arg[T any](args map[string]any, name string) T {
	v, _ := args[name].(T)
	return v
}

// keysOf returns the keys of the objects, each once.
func keysOf[O any](objects []any, key func(O) *string) []string {
	keys := make([]string, 0, len(objects))
	seen := make(map[string]struct{}, len(objects))
	for _, object := range objects {
		k := key(object.(O)) //nolint:forcetypeassert // objects of a noun are of its type
		if k == nil {
			continue
		}
		if _, again := seen[*k]; !again {
			seen[*k] = struct{}{}
			keys = append(keys, *k)
		}
	}
	return keys
}

func boxed[V any](values []V) []any {
	boxes := make([]any, len(values))
	for i, v := range values {
		boxes[i] = v
	}
	return boxes
}

// place is a part of a document with the objects that it will be asked of.
type place struct {
	exec.Selection

	objects []any
}

// Instant reports whether a field is answered from its object alone.
func (l *Loaders) Instant(object, field string) bool {
	for _, name := range nouns[object].instant {
		if name == field {
			return true
		}
	}
	return false
}

// Fill loads what the document asks for below a result: all edges of a level side by side, each in one
// query for all objects of its place. What it does not know, and what fails, is left to the resolvers,
// which say what is wrong where it is wrong.
func (l *Loaders) Fill(ctx context.Context, below exec.Selection, result any) {
	level := []place{{below, objectsIn(nil, reflect.ValueOf(result))}}
	for len(level) > 0 {
		w := walk{l: l.ready()}
		for _, p := range level {
			w.visit(ctx, p)
		}
		level = w.load(ctx)
	}
}

// walk collects one level.
type walk struct {
	l     *Loaders
	tasks []task
	mu    sync.Mutex
	next  []place
}

// task is an edge to be looked up for all objects of a place.
type task struct {
	edge  edge
	from  place
	plan  *exec.Plan
	index int
}

func (w *walk) visit(ctx context.Context, p place) {
	if len(p.objects) == 0 {
		return
	}
	if p.Abstract() {
		for _, part := range byNoun(p) {
			w.visit(ctx, part)
		}
		return
	}
	known := nouns[p.Object()]
	if known.learn != nil {
		known.learn(w.l, p.objects)
	}
	plan := p.Plan()
	for i, field := range plan.Fields {
		if field.IsDeferred() {
			continue
		}
		if e, ok := known.edges[field.Name]; ok {
			w.tasks = append(w.tasks, task{e, p, plan, i})
			continue
		}
		if below, ok := p.Below(field); ok {
			w.pass(below, field, p.objects)
		}
	}
}

// pass goes on to the objects in a plain field, such as the nodes of a connection.
func (w *walk) pass(below exec.Selection, field graphql.CollectedField, objects []any) {
	var inside []any
	for _, object := range objects {
		inside = objectsIn(inside, fieldOf(reflect.Indirect(reflect.ValueOf(object)), field.Name))
	}
	if len(inside) > 0 {
		w.next = append(w.next, place{below, inside})
	}
}

// load looks up the edges of the level and returns the next one.
func (w *walk) load(ctx context.Context) []place {
	if len(w.tasks) == 1 {
		w.do(ctx, w.tasks[0])
		return w.next
	}
	var group errgroup.Group
	for _, t := range w.tasks {
		group.Go(func() error {
			w.do(ctx, t)
			return nil
		})
	}
	_ = group.Wait() // the tasks return no errors
	return w.next
}

// do looks up one edge. An error, also a panic, leaves the field to its resolver.
func (w *walk) do(ctx context.Context, t task) {
	defer func() { _ = recover() }() // the resolver will panic again, and be heard
	field := t.plan.Fields[t.index]
	args, err := t.from.Arguments(ctx, field)
	if err != nil {
		return
	}
	found, err := t.edge(ctx, w.l, t.from.objects, args)
	if err != nil {
		return
	}
	t.plan.MarkReady(t.index)
	if below, ok := t.from.Below(field); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.next = append(w.next, place{below, present(found)})
	}
}

// byNoun splits the objects of an interface by what they are.
func byNoun(p place) []place {
	var parts []place
	for name, n := range nouns {
		var same []any
		for _, object := range p.objects {
			if reflect.TypeOf(object) == n.is {
				same = append(same, object)
			}
		}
		if len(same) > 0 {
			parts = append(parts, place{p.As(name), same})
		}
	}
	return parts
}

// present leaves out what was not found.
func present(found []any) []any {
	var objects []any
	for _, v := range found {
		objects = objectsIn(objects, reflect.ValueOf(v))
	}
	return objects
}

// objectsIn appends the objects in a value: its elements where it is a list, and nothing where it is null.
func objectsIn(objects []any, v reflect.Value) []any {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			objects = objectsIn(objects, v.Index(i))
		}
	case reflect.Interface:
		return objectsIn(objects, v.Elem())
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			return append(objects, v.Interface())
		}
	case reflect.Struct:
		return append(objects, v.Interface())
	}
	return objects
}

// fields remembers where the fields of the schema are in structs.
var fields sync.Map

type fieldKey struct {
	in   reflect.Type
	name string
}

// fieldOf returns a field of a struct by its name in the schema; the zero Value where there is none.
func fieldOf(object reflect.Value, name string) reflect.Value {
	if object.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	key := fieldKey{object.Type(), name}
	if known, ok := fields.Load(key); ok {
		if known.([]int) == nil { //nolint:forcetypeassert // nothing else is stored
			return reflect.Value{}
		}
		return object.FieldByIndex(known.([]int)) //nolint:forcetypeassert // nothing else is stored
	}
	found, ok := key.in.FieldByNameFunc(func(candidate string) bool { return strings.EqualFold(candidate, name) })
	if !ok || !found.IsExported() {
		fields.Store(key, []int(nil))
		return reflect.Value{}
	}
	fields.Store(key, found.Index)
	return object.FieldByIndex(found.Index)
}
