package chaos_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/moa-bff/moa/test/chaos"
)

// TestAuthorsWriteWhatTheSchemaAllows holds that operations without stray values are valid, whatever else they
// are: or the clients would only ever test the validation.
func TestAuthorsWriteWhatTheSchemaAllows(t *testing.T) {
	t.Parallel()
	a := &chaos.Author{
		Schema: schema(), Rand: rand.New(rand.NewPCG(1, 2)), MaxDepth: 6,
		Value: func(typeName, _ string) (any, bool) { return "x", typeName == "String" },
	}
	for kind, root := range map[ast.Operation]*ast.Definition{
		ast.Query: a.Schema.Query, ast.Mutation: a.Schema.Mutation, ast.Subscription: a.Schema.Subscription,
	} {
		for range 500 {
			for _, f := range root.Fields {
				if strings.HasPrefix(f.Name, "__") {
					continue // some introspection is too deep to be valid
				}
				op := a.Ask(kind, f.Name)
				_, err := gqlparser.LoadQueryWithRules(a.Schema, op.Query, rules.NewDefaultRules())
				require.Empty(t, err, op.Query)
			}
		}
	}
}

const sdl = `
	type Query { thing(on: Boolean): Thing! things: [Thing!] any: Any }
	type Mutation { make: MakePayload! }
	interface Any { id: ID! }
	type Thing implements Any { id: ID! size: Int color: Color at: DateTime }
	type MakePayload { thing: Thing userErrors: [String!]! }
	enum Color { RED }
	scalar DateTime
`

func TestConformsSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	small := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	const thing = `{ thing { id size color at } }`
	for name, c := range map[string]struct{ query, answer, complaint string }{
		"right":                     {thing, `{"data":{"thing":{"id":"1","size":2,"color":"RED","at":"2026-01-01T00:00:00Z"}}}`, ""},
		"nulls":                     {thing, `{"data":{"thing":{"id":"1","size":null,"color":null,"at":null}}}`, ""},
		"an explained null":         {thing, `{"data":null,"errors":[{"message":"x","path":["thing","id"]}]}`, ""},
		"an unexplained null":       {thing, `{"data":null}`, "neither data nor errors"},
		"a null that must not be":   {thing, `{"data":{"thing":{"id":null,"size":2,"color":"RED","at":null}}}`, "null, and it is ID!"},
		"another order":             {thing, `{"data":{"thing":{"size":2,"id":"1","color":"RED","at":null}}}`, "not [id size color at]"},
		"a field too few":           {thing, `{"data":{"thing":{"id":"1"}}}`, "not [id size color at]"},
		"a text for a number":       {thing, `{"data":{"thing":{"id":"1","size":"2","color":null,"at":null}}}`, "no Int"},
		"a number too large":        {thing, `{"data":{"thing":{"id":"1","size":2147483648,"color":null,"at":null}}}`, "out of range"},
		"an unknown value":          {thing, `{"data":{"thing":{"id":"1","size":2,"color":"BLUE","at":null}}}`, "not of this enum"},
		"a local time":              {thing, `{"data":{"thing":{"id":"1","size":2,"color":null,"at":"2026-01-01T00:00:00+09:00"}}}`, "not in UTC"},
		"a list":                    {`{ things { id } }`, `{"data":{"things":[{"id":"1"},null]}}`, "null, and it is Thing!"},
		"no list":                   {`{ things { id } }`, `{"data":{"things":{"id":"1"}}}`, "no list"},
		"an error beside its value": {thing, `{"data":{"thing":{"id":"1","size":2,"color":null,"at":null}},"errors":[{"message":"x","path":["thing","size"]}]}`, "an error where there is a value"},
		"a fragment that applies":   {`{ any { __typename ... on Thing { size } id } }`, `{"data":{"any":{"__typename":"Thing","size":1,"id":"1"}}}`, ""},
		"another type's name":       {`{ any { __typename id } }`, `{"data":{"any":{"__typename":"Nothing","id":"1"}}}`, "no __typename"},
		"skipped":                   {`{ thing { id @skip(if: true) size @include(if: true) } }`, `{"data":{"thing":{"size":1}}}`, ""},
		"merged":                    {`{ thing { id } thing { size } }`, `{"data":{"thing":{"id":"1","size":1}}}`, ""},
		"made":                      {`mutation { make { thing { id } userErrors } }`, `{"data":{"make":{"thing":{"id":"1"},"userErrors":[]}}}`, ""},
		"made and refused":          {`mutation { make { thing { id } userErrors } }`, `{"data":{"make":{"thing":{"id":"1"},"userErrors":["no"]}}}`, "with 1 refusals"},
		"neither made nor refused":  {`mutation { make { thing { id } userErrors } }`, `{"data":{"make":{"thing":null,"userErrors":[]}}}`, "with 0 refusals"},
		"data for an invalid query": {`{ nothing }`, `{"data":{"nothing":1}}`, "invalid document"},
	} {
		a, err := chaos.ReadAnswer([]byte(c.answer))
		require.NoError(t, err, name)
		err = chaos.Conforms(small, chaos.Operation{Query: c.query}, a)
		if c.complaint == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.complaint, name)
		}
	}
	for _, text := range []string{``, `[]`, `{"data":{"a":1,"a":2}}`, `{"errors":[]}`, `{"data":null,"hint":1}`, `{"data":{}`} {
		_, err := chaos.ReadAnswer([]byte(text))
		require.Error(t, err, text)
	}
}
