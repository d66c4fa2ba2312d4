package live

import (
	"maps"
	"regexp"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// subscription is what a document asks for, as far as sharing is concerned.
type subscription struct {
	// log says that every event is delivered: such fields can be continued after a cursor.
	log bool
	// after is the cursor to continue after; empty for from now on.
	after string
	// variables are those that the answers may depend on.
	variables map[string]any
}

// read returns what the document asks for; false when that cannot be told.
func read(op *graphql.OperationContext) (subscription, bool) {
	field := rootField(op.Operation.SelectionSet)
	if field == nil || field.Definition == nil {
		return subscription{}, false
	}
	asked := subscription{variables: op.Variables, log: field.Definition.Arguments.ForName("after") != nil}
	after := field.Arguments.ForName("after")
	if after == nil {
		return asked, true
	}
	value, err := after.Value.Value(op.Variables)
	if value == nil {
		return asked.without(op, after.Value), err == nil
	}
	var ok bool
	asked.after, ok = value.(string)
	return asked.without(op, after.Value), ok && err == nil
}

// rootField returns the only field of a subscription, wherever it stands.
func rootField(set ast.SelectionSet) *ast.Field {
	for _, selection := range set {
		var field *ast.Field
		switch s := selection.(type) {
		case *ast.Field:
			field = s
		case *ast.InlineFragment:
			field = rootField(s.SelectionSet)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				field = rootField(s.Definition.SelectionSet)
			}
		}
		if field != nil {
			return field
		}
	}
	return nil
}

// dollars finds each mention of a variable in a document.
var dollars = regexp.MustCompile(`\$\w*`)

// without leaves the variable of the cursor out of what the answers depend on, so that clients that come
// back with different cursors meet. That is true only of a variable which the document mentions twice:
// where it is defined and here.
func (s subscription) without(op *graphql.OperationContext, cursor *ast.Value) subscription {
	if cursor.Kind != ast.Variable {
		return s
	}
	mentions := 0
	for _, mention := range dollars.FindAllString(op.RawQuery, -1) {
		switch mention {
		case "$": // its name stands apart
			return s
		case "$" + cursor.Raw:
			mentions++
		}
	}
	if mentions == 2 {
		s.variables = maps.Clone(s.variables)
		delete(s.variables, cursor.Raw)
	}
	return s
}
