package limits

import (
	"encoding/json"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// ceiling is where counting stops. Fragments that spread others twice double at each level, so
// that exact numbers would overflow; beyond this, more makes no difference.
const ceiling = 1_000_000_000

func add(a, b int) int { return min(a+b, ceiling) }

func multiply(a, b int) int {
	if a > 0 && b > ceiling/a {
		return ceiling
	}
	return a * b
}

// measure is what a selection set asks for.
type measure struct {
	depth      int // levels of fields
	fields     int // fields of the set itself, not those below them
	aliases    int
	directives int
	cost       int
}

// plus returns the measure of two sets side by side.
func (m measure) plus(other measure) measure {
	return measure{
		depth:      max(m.depth, other.depth),
		fields:     add(m.fields, other.fields),
		aliases:    add(m.aliases, other.aliases),
		directives: add(m.directives, other.directives),
		cost:       add(m.cost, other.cost),
	}
}

// meter measures one operation. Each fragment is walked once, however often it is spread, so
// the work is linear in the length of the document.
type meter struct {
	limits    Operation
	variables map[string]any
	fragments map[*ast.FragmentDefinition]measure
}

func newMeter(limits Operation, opCtx *graphql.OperationContext) *meter {
	return &meter{limits: limits, variables: opCtx.Variables, fragments: map[*ast.FragmentDefinition]measure{}}
}

func (m *meter) operation(op *ast.OperationDefinition) measure {
	found := m.set(op.SelectionSet)
	found.directives = add(found.directives, len(op.Directives))
	return found
}

func (m *meter) set(set ast.SelectionSet) measure {
	var sum measure
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			sum = sum.plus(m.field(s))
		case *ast.InlineFragment:
			sum = sum.plus(m.set(s.SelectionSet))
			sum.directives = add(sum.directives, len(s.Directives))
		case *ast.FragmentSpread:
			sum = sum.plus(m.fragment(s.Definition))
			sum.directives = add(sum.directives, len(s.Directives))
		}
	}
	return sum
}

func (m *meter) field(f *ast.Field) measure {
	below := m.set(f.SelectionSet)
	found := measure{
		depth:      below.depth + 1,
		fields:     1,
		aliases:    below.aliases,
		directives: add(below.directives, len(f.Directives)),
		cost:       add(1, multiply(m.items(f), below.cost)),
	}
	if f.Alias != f.Name {
		found.aliases = add(found.aliases, 1)
	}
	return found
}

// fragment returns the measure of a fragment. While it is being walked it counts as nothing,
// which ends the walk even if a document with a cycle came past validation.
func (m *meter) fragment(f *ast.FragmentDefinition) measure {
	if f == nil {
		return measure{}
	}
	known, seen := m.fragments[f]
	if seen {
		return known
	}
	m.fragments[f] = measure{}
	found := m.set(f.SelectionSet)
	found.directives = add(found.directives, len(f.Directives))
	m.fragments[f] = found
	return found
}

// items returns how many times the selection below a field is answered: the size of the page
// for a connection, and once for everything else.
func (m *meter) items(f *ast.Field) int {
	if f.Definition == nil || !strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
		return 1
	}
	size, stated := 0, false
	for _, name := range []string{"first", "last"} {
		if n, ok := m.pageSize(f, name); ok {
			size, stated = max(size, n), true
		}
	}
	if !stated {
		size = m.limits.DefaultPageSize
	}
	return min(max(size, 1), m.limits.MaxPageSize)
}

// pageSize returns the value of a paging argument, and false when it has none. A value that is
// no number counts as the largest page.
func (m *meter) pageSize(f *ast.Field, name string) (size int, ok bool) {
	value := defaultOf(f, name)
	if argument := f.Arguments.ForName(name); argument != nil {
		value = argument.Value
	}
	if value == nil {
		return 0, false
	}
	given, err := value.Value(m.variables)
	if err != nil {
		return m.limits.MaxPageSize, true
	}
	switch n := given.(type) {
	case nil:
		return 0, false
	case int:
		return n, true
	case int64:
		return int(min(n, ceiling)), true
	case float64:
		return int(min(n, ceiling)), true
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return int(min(i, ceiling)), true
		}
	}
	return m.limits.MaxPageSize, true
}

func defaultOf(f *ast.Field, name string) *ast.Value {
	if argument := f.Definition.Arguments.ForName(name); argument != nil {
		return argument.DefaultValue
	}
	return nil
}
