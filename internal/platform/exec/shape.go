package exec

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// shape is what a plan says of a place each time that the document is executed.
type shape struct {
	fields   []graphql.CollectedField
	known    []fieldPlan // none is ready
	deferred bool
}

func newShape(fields []graphql.CollectedField) *shape {
	s := &shape{fields: fields, known: make([]fieldPlan, len(fields))}
	var written map[string]struct{}
	if len(fields) > 1 { // otherwise there is none to be the same
		written = make(map[string]struct{}, len(fields))
	}
	for i, f := range fields {
		_, again := written[f.Alias]
		if written != nil {
			written[f.Alias] = struct{}{}
		}
		s.known[i] = fieldPlan{
			key:   `"` + f.Alias + `":`, // a name of GraphQL needs no escapes
			first: !again,
		}
		s.deferred = s.deferred || f.IsDeferred()
	}
	return s
}

const (
	// rememberedDocuments is for how many documents the shapes are remembered, and maxRemembered how long,
	// in bytes, a document may be: longer ones are parsed anew each time, into other places.
	rememberedDocuments = 2000
	maxRemembered       = 20_000
)

// shapes are those of one document, by their places; nil where they differ from execution to execution.
type shapes struct{ at sync.Map }

// documents remembers shapes. Nobody can tell whether one was remembered or made, so that all executors
// may share them.
var documents = func() *lru.Cache[*ast.QueryDocument, *shapes] {
	cache, _ := lru.New[*ast.QueryDocument, *shapes](rememberedDocuments) // fails for no size alone
	return cache
}()

// shapeOf returns what is selected at a place.
func shapeOf(oc *graphql.OperationContext, at position, selections ast.SelectionSet, satisfies []string) *shape {
	remembered := shapesOf(oc)
	if remembered == nil {
		return newShape(graphql.CollectFields(oc, selections, satisfies))
	}
	if known, ok := remembered.at.Load(at); ok {
		return known.(*shape) //nolint:forcetypeassert // nothing else is kept there
	}
	// Who comes first decides for all: what is selected below a merged field has its place here.
	known, _ := remembered.at.LoadOrStore(at, newShape(graphql.CollectFields(oc, selections, satisfies)))
	return known.(*shape) //nolint:forcetypeassert // nothing else is kept there
}

// shapesOf returns the shapes of an operation's document. A directive may depend on variables, so only a
// document without any always selects the same.
func shapesOf(oc *graphql.OperationContext) *shapes {
	if oc.Doc == nil || len(oc.RawQuery) > maxRemembered {
		return nil
	}
	if known, ok := documents.Get(oc.Doc); ok {
		return known
	}
	var s *shapes
	if !directed(oc.Doc) {
		s = &shapes{}
	}
	documents.Add(oc.Doc, s)
	return s
}

// directed reports whether a directive stands anywhere in the selections of a document.
func directed(doc *ast.QueryDocument) bool {
	for _, operation := range doc.Operations {
		if directedIn(operation.SelectionSet) {
			return true
		}
	}
	for _, fragment := range doc.Fragments {
		if directedIn(fragment.SelectionSet) {
			return true
		}
	}
	return false
}

func directedIn(set ast.SelectionSet) bool {
	for _, selection := range set {
		var directives ast.DirectiveList
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			directives, below = s.Directives, s.SelectionSet
		case *ast.InlineFragment:
			directives, below = s.Directives, s.SelectionSet
		case *ast.FragmentSpread: // its fragment is looked at by itself
			directives = s.Directives
		}
		if len(directives) > 0 || directedIn(below) {
			return true
		}
	}
	return false
}
