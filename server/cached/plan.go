package cached

import (
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// The directive that says how long an answer may be kept, and its argument.
const (
	directive = "cacheControl"
	argMaxAge = "maxAge"
)

// unlimited is longer than anything is kept.
const unlimited time.Duration = 1<<63 - 1

// planner finds out for how long an answer may be kept: the least that any of its fields allows. What the
// schema says nothing of is not kept, and neither is what needs a role or what comes in parts.
type planner struct{ schema *ast.Schema }

// operation returns for how long an answer to the operation may be kept; 0 for never.
func (p planner) operation(op *ast.OperationDefinition) time.Duration {
	if op.Operation != ast.Query {
		return 0
	}
	most := p.selection(op.SelectionSet, 0, unlimited)
	if most == unlimited { // nothing but __typename, which is computed as quickly
		return 0
	}
	return most
}

// selection returns the least of most and of what the fields allow. inherited is what the object allows
// that they are of.
func (p planner) selection(set ast.SelectionSet, inherited, most time.Duration) time.Duration {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			most = min(most, p.field(s, inherited))
		case *ast.InlineFragment:
			most = min(most, p.fragment(s.Directives, s.SelectionSet, inherited))
		case *ast.FragmentSpread:
			most = min(most, p.fragment(s.Directives, s.Definition.SelectionSet, inherited))
		}
		if most <= 0 {
			return 0
		}
	}
	return most
}

func (p planner) fragment(directives ast.DirectiveList, set ast.SelectionSet, inherited time.Duration) time.Duration {
	if directives.ForName("defer") != nil {
		return 0
	}
	return p.selection(set, inherited, unlimited)
}

func (p planner) field(f *ast.Field, inherited time.Duration) time.Duration {
	switch {
	case f.Name == "__typename":
		return unlimited
	case f.Definition.Directives.ForName("auth") != nil:
		return 0
	case len(f.SelectionSet) == 0:
		return allowance(f.Definition.Directives, inherited)
	}
	allowed := allowance(f.Definition.Directives, allowance(p.schema.Types[f.Definition.Type.Name()].Directives, 0))
	return p.selection(f.SelectionSet, allowed, allowed)
}

// allowance returns what the directive allows, or otherwise where it is not there.
func allowance(directives ast.DirectiveList, otherwise time.Duration) time.Duration {
	said := directives.ForName(directive)
	if said == nil {
		return otherwise
	}
	seconds, _ := strconv.Atoi(said.Arguments.ForName(argMaxAge).Value.Raw) // validation has seen an Int!
	return time.Duration(seconds) * time.Second
}
