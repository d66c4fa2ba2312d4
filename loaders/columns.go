package loaders

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// asked tells reads which columns an operation looks at. It counts what stands anywhere in the operation, under
// whatever condition: an object that was loaded for one place is given to all others.
type asked struct {
	operation *graphql.OperationContext
	once      sync.Once
	looked    map[string][]string // by table
	unknown   bool                // where an object was asked something that [nouns] do not know
}

// Columns implements columns.Asked.
func (a *asked) Columns(table string) ([]string, bool) {
	a.once.Do(func() {
		a.looked = make(map[string][]string, len(nouns))
		for _, n := range nouns {
			if n.table != "" {
				a.looked[n.table] = nil
			}
		}
		a.walk(a.operation.Operation.SelectionSet)
	})
	looked, known := a.looked[table]
	return looked, known && !a.unknown
}

func (a *asked) walk(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			a.look(s)
			a.walk(s.SelectionSet)
		case *ast.InlineFragment:
			a.walk(s.SelectionSet)
		case *ast.FragmentSpread:
			a.walk(s.Definition.SelectionSet)
		}
	}
}

// look takes in one field of an object.
func (a *asked) look(field *ast.Field) {
	if field.Name == "id" || field.Name == "__typename" { // which every read gives
		return
	}
	if field.ObjectDefinition.IsAbstractType() {
		a.unknown = true
		return
	}
	n := nouns[field.ObjectDefinition.Name]
	if n.table == "" {
		return
	}
	if column := snake(field.Name); slices.Contains(n.all, column) {
		a.looked[n.table] = append(a.looked[n.table], column)
	} else if of, known := n.columns[field.Name]; known {
		a.looked[n.table] = append(a.looked[n.table], of...)
	} else {
		a.unknown = true
	}
}

// snake returns the column that a plain field is kept in.
func snake(field string) string {
	if !strings.ContainsFunc(field, unicode.IsUpper) {
		return field
	}
	var b strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// operationOf returns the operation of a context; nil where there is none, such as in a test of a resolver.
func operationOf(ctx context.Context) *graphql.OperationContext {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	if oc := graphql.GetOperationContext(ctx); oc.Operation != nil {
		return oc
	}
	return nil
}
