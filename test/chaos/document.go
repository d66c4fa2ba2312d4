// Package chaos asks a GraphQL server for anything that its schema allows, and for much that it does not,
// and holds what comes back against the schema. It knows no subject: whatever is added to the schema is
// asked for.
package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Author writes random operations.
type Author struct {
	Schema *ast.Schema
	Rand   *rand.Rand
	// Value proposes a value for a scalar, by the name of its type and of the argument or input field; false
	// leaves it to the type.
	Value func(typeName, name string) (any, bool)
	// Wild is how likely a value is one of another type, from 0 to 1.
	Wild float64
	// MaxDepth bounds how deep selections nest.
	MaxDepth int
}

// Operation is a request for one operation.
type Operation struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables,omitempty"`
	OperationName string         `json:"operationName,omitempty"`
	Extensions    map[string]any `json:"extensions,omitempty"`
}

// Ask writes an operation of the root fields with the given names.
func (a *Author) Ask(kind ast.Operation, fields ...string) Operation {
	root := map[ast.Operation]*ast.Definition{
		ast.Query: a.Schema.Query, ast.Mutation: a.Schema.Mutation, ast.Subscription: a.Schema.Subscription,
	}[kind]
	w := &writer{Author: a, variables: map[string]any{}}
	var body strings.Builder
	for i, name := range fields {
		alias := ""
		if slices.Contains(fields[:i], name) {
			alias = fmt.Sprintf("again%d: ", i)
		}
		body.WriteString(alias + w.field(root.Fields.ForName(name), a.MaxDepth) + " ")
	}
	op := Operation{Variables: w.variables}
	head := string(kind)
	if a.chance(0.5) {
		op.OperationName = "Chaos"
		head += " Chaos"
	}
	if len(w.declared) > 0 {
		head += "(" + strings.Join(w.declared, ", ") + ")"
	}
	op.Query = head + " { " + body.String() + "}" + strings.Join(w.fragments, "")
	return op
}

func (a *Author) chance(p float64) bool { return a.Rand.Float64() < p }

// writer is an operation that is being written.
type writer struct {
	*Author
	declared  []string
	variables map[string]any
	fragments []string
	aliases   int
}

// field writes a field with its arguments and what is selected of it.
func (w *writer) field(f *ast.FieldDefinition, depth int) string {
	text := f.Name
	if w.aliases < 10 && w.chance(0.05) {
		w.aliases++
		text = fmt.Sprintf("x%d: %s", w.aliases, text)
	}
	text += w.arguments(f.Arguments)
	if w.chance(0.03) {
		text += w.condition()
	}
	if d := w.Schema.Types[f.Type.Name()]; d.IsCompositeType() {
		text += " " + w.selection(d, depth-1)
	}
	return text
}

func (w *writer) condition() string {
	name := [2]string{"include", "skip"}[w.Rand.IntN(2)]
	value := strconv.FormatBool(w.chance(0.5))
	if w.chance(0.5) {
		value = w.declare(ast.NonNullNamedType("Boolean", nil), w.chance(0.5))
	}
	return " @" + name + "(if: " + value + ")"
}

// selection writes what is asked of an object, an interface or a union.
func (w *writer) selection(d *ast.Definition, depth int) string {
	var parts []string
	if d.IsAbstractType() || w.chance(0.1) {
		parts = append(parts, "__typename")
	}
	if d.IsAbstractType() && depth > 0 {
		for _, t := range w.Schema.GetPossibleTypes(d) {
			if w.chance(0.4) { // one of them, because fields of two might not merge
				parts = append(parts, w.fragment(t, depth))
				break
			}
		}
	}
	for _, f := range d.Fields {
		composite := w.Schema.Types[f.Type.Name()].IsCompositeType()
		likely := 0.4
		if composite {
			likely = 0.35
		}
		if strings.HasPrefix(f.Name, "__") || composite && depth <= 0 || !w.chance(likely) {
			continue
		}
		if d.IsAbstractType() && len(parts) > 1 {
			continue
		}
		parts = append(parts, w.field(f, depth))
	}
	if len(parts) == 0 {
		parts = []string{"__typename"}
	}
	if !d.IsAbstractType() && len(w.fragments) < 5 && w.chance(0.05) {
		name := fmt.Sprintf("part%d", len(w.fragments))
		w.fragments = append(w.fragments, " fragment "+name+" on "+d.Name+" { "+strings.Join(parts, " ")+" }")
		parts = []string{"..." + name}
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (w *writer) fragment(d *ast.Definition, depth int) string {
	return "... on " + d.Name + " " + w.selection(d, depth-1)
}

func (w *writer) arguments(list ast.ArgumentDefinitionList) string {
	var parts []string
	for _, arg := range list {
		required := arg.Type.NonNull && arg.DefaultValue == nil
		if !required && !w.chance(0.3) || required && w.chance(w.Wild/10) {
			continue
		}
		value := w.value(arg.Type, arg.Name, 4)
		text := literal(value)
		if w.chance(0.5) {
			text = w.declare(arg.Type, value)
		}
		parts = append(parts, arg.Name+": "+text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// declare adds a variable and returns how it is written.
func (w *writer) declare(t *ast.Type, value any) string {
	name := fmt.Sprintf("v%d", len(w.declared))
	w.declared = append(w.declared, "$"+name+": "+t.String())
	if w.chance(1-w.Wild) || t.NonNull {
		w.variables[name] = value
	}
	return "$" + name
}

// enum is a value of an enum, which a document writes without quotes.
type enum string

// value makes a value of a type, or now and then one of another.
func (w *writer) value(t *ast.Type, name string, depth int) any {
	if w.chance(w.Wild) {
		return w.stray(depth)
	}
	if !t.NonNull && w.chance(0.08) {
		return nil
	}
	if t.Elem != nil {
		list := make([]any, w.Rand.IntN(4))
		for i := range list {
			list[i] = w.value(t.Elem, name, depth-1)
		}
		return list
	}
	d := w.Schema.Types[t.NamedType]
	switch d.Kind {
	case ast.Enum:
		return enum(d.EnumValues[w.Rand.IntN(len(d.EnumValues))].Name)
	case ast.InputObject:
		if value, ok := w.Value(d.Name, name); ok {
			return value
		}
		return w.object(d, depth)
	default:
		if value, ok := w.Value(d.Name, name); ok {
			return value
		}
		return w.scalar(d.Name)
	}
}

func (w *writer) object(d *ast.Definition, depth int) any {
	object := map[string]any{}
	for _, f := range d.Fields {
		required := f.Type.NonNull && f.DefaultValue == nil
		if required || depth > 0 && w.chance(0.4) {
			object[f.Name] = w.value(f.Type, f.Name, depth-1)
		}
	}
	return object
}

// scalar makes a value of a scalar that nobody has a proposal for.
func (w *writer) scalar(name string) any {
	switch name {
	case "Boolean":
		return w.chance(0.5)
	case "Int":
		return w.number()
	case "Float":
		return float64(w.number()) / 7
	case "JSON":
		return map[string]any{"a": []any{w.number(), nil, w.Text()}}
	default:
		return w.Text()
	}
}

func (w *writer) number() int {
	return [...]int{0, 1, 2, 3, 20, 100, 101, -1, 1 << 20, 1<<31 - 1, -1 << 31}[w.Rand.IntN(11)]
}

// stray makes a value that may be of any type.
func (w *writer) stray(depth int) any {
	switch w.Rand.IntN(9) {
	case 0:
		return nil
	case 1:
		return w.chance(0.5)
	case 2:
		return 1 << 40
	case 3:
		return json.Number("1e400")
	case 4:
		return -0.5
	case 5:
		return enum("NOTHING_OF_THE_KIND")
	case 6:
		return map[string]any{"unknown": 1}
	case 7:
		if depth > 0 {
			return []any{w.stray(depth - 1), w.stray(depth - 1)}
		}
	}
	return w.Text()
}

// Text returns words that have hurt before: empty, long, of every script, with controls and quotes.
func (a *Author) Text() string {
	texts := [...]string{
		"", " ", "a", "모아", "떡볶이 할인", "null", "0", "-1", "' OR 1=1 --", `"; DROP TABLE users; --`, `\`, "%", "_", "%%__",
		"\u202eabc", "e\u0301", "👨‍👩‍👧‍👦", "\ufeff", "\u2028", "\x01\x1f", "\x7f", "a\x00b", "\ufffd", "İ", "ﬀ", "ｆｕｌｌ", "\t\r\n",
		"../../etc/passwd", "{{7*7}}", "<script>", "${jndi}", "2026-02-30", "http://[::1", "1e309", "NaN",
		strings.Repeat("가", 101), strings.Repeat("x", 2001), strings.Repeat("\u0301", 500), strings.Repeat("a ", 300),
	}
	return texts[a.Rand.IntN(len(texts))]
}

// literal writes a value as a document does.
func literal(value any) string {
	switch v := value.(type) {
	case enum:
		return string(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = literal(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for key, item := range v {
			parts = append(parts, key+": "+literal(item))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // everything above can be written
		}
		return string(text)
	}
}
