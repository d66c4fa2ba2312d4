package main

import (
	"fmt"
	"go/types"

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
		return "value = " + marshal(field, read, "&"+read)
	}
	if !t.IsPtr() {
		return ""
	}
	return fmt.Sprintf("value = graphql.Null\nif %s != nil {\nvalue = %s\n}", read, marshal(field, "*"+read, read))
}

// inPlace are the types of package exec that write what a pointer points to, by the Go type underneath and
// the function that would write a copy.
var inPlace = map[types.BasicKind]map[string]string{
	types.String: {"MarshalString": "Text", "MarshalID": "Text"},
	types.Int:    {"MarshalInt": "Int"},
}

// marshal returns the expression that marshals a field, given how to read it and how to point to it.
func marshal(field *codegen.Field, read, pointer string) string {
	t := field.TypeReference
	kind := t.GO
	if p, ok := kind.(*types.Pointer); ok {
		kind = p.Elem()
	}
	if basic, ok := kind.Underlying().(*types.Basic); ok {
		if writer, ok := inPlace[basic.Kind()][t.Marshaler.Name()]; ok {
			return fmt.Sprintf("(*exec.%s)(%s)", writer, pointer)
		}
	}
	if t.CastType != nil {
		read = templates.CurrentImports.LookupType(t.CastType) + "(" + read + ")"
	}
	return templates.Call(t.Marshaler) + "(" + read + ")"
}
