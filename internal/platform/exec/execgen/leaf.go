package main

import (
	"fmt"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// leaf returns the statement that marshals a field into the variable value, or nothing for a field that
// takes gqlgen's way. It is for a name or a number that is read from a struct: no arguments, no resolver, no
// directive, and nothing that can go wrong but null where the schema allows none, which leaves graphql.Null
// in value.
func leaf(field *codegen.Field) string {
	t := field.TypeReference
	plain := field.IsVariable() && len(field.Args) == 0 && !field.HasDirectives() && !field.Object.Stream &&
		(t.Definition.Kind == ast.Scalar || t.Definition.Kind == ast.Enum) &&
		t.GQL.Elem == nil && t.Marshaler != nil && !t.IsContext && !t.HasEnumValues() && !t.IsTargetNilable()
	if !plain {
		return ""
	}
	read := field.GoReceiverName + "." + field.GoFieldName
	if !t.IsNilable() {
		return "value = " + marshal(t.CastType != nil, field, read)
	}
	if !t.IsPtr() {
		return ""
	}
	return fmt.Sprintf("value = graphql.Null\nif %s != nil {\nvalue = %s\n}", read, marshal(t.CastType != nil, field, "*"+read))
}

// marshal returns the call that marshals an expression.
func marshal(cast bool, field *codegen.Field, expression string) string {
	t := field.TypeReference
	if cast {
		expression = templates.CurrentImports.LookupType(t.CastType) + "(" + expression + ")"
	}
	return templates.Call(t.Marshaler) + "(" + expression + ")"
}
