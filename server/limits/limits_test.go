package limits_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/limits"
)

const sdl = `
	type Query {
		name: String
		color(of: Color, in: Filter): Color
		stores(first: Int, after: String, last: Int): StoreConnection
		ten(first: Int = 10): StoreConnection
		store(id: ID!): Store
	}
	type Mutation { rename(to: String!): Store }
	type Subscription { store: Store }
	enum Color { RED GREEN }
	input Filter { shade: Int! }
	type StoreConnection { edges: [StoreEdge!]! totalCount: Int }
	type StoreEdge { node: Store }
	type Store { id: ID name: String friend: Store coupons(first: Int): CouponConnection }
	type CouponConnection { nodes: [Coupon!]! }
	type Coupon { id: ID }
`

func executable() graphql.ExecutableSchema {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	return &graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.OneShot(&graphql.Response{Data: []byte(`{}`)})
		},
	}
}

// newExecutor returns an executor as the product sets it up, with the extensions.
func newExecutor(extensions ...graphql.HandlerExtension) *executor.Executor {
	e := executor.New(executable())
	e.SetParserTokenLimit(2000)
	for _, x := range extensions {
		e.Use(x)
	}
	return e
}

// try checks an operation and returns "code: message" of its first error, or "".
func try(e *executor.Executor, params *graphql.RawParams) string {
	_, errs := e.CreateOperationContext(graphql.StartOperationTrace(context.Background()), params)
	if len(errs) == 0 {
		return ""
	}
	return fmt.Sprintf("%v: %s", errs[0].Extensions["code"], errs[0].Message)
}

func query(text string) *graphql.RawParams { return &graphql.RawParams{Query: text} }

func TestOperationLimits(t *testing.T) {
	t.Parallel()
	e := newExecutor(limits.Operation{
		MaxDepth: 4, MaxAliases: 2, MaxRootFields: 3, MaxDirectives: 2, MaxCost: 100,
	})
	vars := func(text string, variables map[string]any) *graphql.RawParams {
		return &graphql.RawParams{Query: text, Variables: variables}
	}
	for name, tc := range map[string]struct {
		params *graphql.RawParams
		want   string // part of the error, "" for none
	}{
		"small":              {query("{ name }"), ""},
		"depth at limit":     {query("{ store(id: 1) { friend { friend { id } } } }"), ""},
		"depth":              {query("{ store(id: 1) { friend { friend { friend { id } } } } }"), "has 5 levels of nesting, and 4 is the limit"},
		"depth in fragment":  {query("{ store(id: 1) { ...f } } fragment f on Store { friend { ... { friend { friend { id } } } } }"), "5 levels"},
		"subscription":       {query("subscription { store { friend { friend { friend { id } } } } }"), "5 levels"},
		"aliases at limit":   {query("{ a: name b: name }"), ""},
		"aliases":            {query("{ a: name store(id: 1) { b: id c: id } }"), "has 3 aliases, and 2 is the limit"},
		"aliases by spread":  {query("{ x: store(id: 1) { ...f } y: store(id: 2) { ...f } } fragment f on Store { z: id }"), "has 4 aliases"},
		"root fields":        {query("{ name color stores { totalCount } ten { totalCount } }"), "has 4 root fields"},
		"directives":         {query("query { name @include(if: true) ... @skip(if: false) { color @skip(if: false) } }"), "has 3 directives"},
		"cost default page":  {query("{ stores { edges { node { id } } } }"), ""},                                                       // 1 + 20×3
		"cost of two fields": {query("{ stores { edges { node { id name a: name b: name } } totalCount } }"), "has 141 points of cost"}, // 1 + 20×7
		"cost of a literal":  {query("{ stores(first: 50) { edges { node { id } } } }"), "has 151 points"},
		"cost of last":       {query("{ stores(last: 50) { edges { node { id } } } }"), "has 151 points"},
		"cost of both":       {query("{ stores(first: 2, last: 50) { edges { node { id } } } }"), "has 151 points"},
		"page is capped":     {query("{ stores(first: 2000000000) { edges { node { id } } } }"), "has 301 points"},
		"negative page":      {query("{ stores(first: -5) { edges { node { id } } } }"), ""},
		"null page":          {query("{ stores(first: null) { edges { node { id } } } }"), ""},
		"schema's default":   {query("{ ten { edges { node { id name a: name b: name } } totalCount } }"), ""}, // 1 + 10×7
		"variable":           {vars("query($n: Int) { stores(first: $n) { edges { node { id } } } }", map[string]any{"n": json.Number("50")}), "has 151 points"},
		"variable absent":    {query("query($n: Int) { stores(first: $n) { edges { node { id } } } }"), ""},
		"variable default":   {query("query($n: Int = 50) { stores(first: $n) { edges { node { id } } } }"), "has 151 points"},
		"variable float":     {vars("query($n: Int) { stores(first: $n) { edges { node { id } } } }", map[string]any{"n": float64(50)}), "has 151 points"},
	} {
		got := try(e, tc.params)
		if tc.want == "" {
			require.Empty(t, got, name)
			continue
		}
		require.Contains(t, got, tc.want, name)
		require.True(t, strings.HasPrefix(got, "INVALID_ARGUMENT: "), got)
	}
}

func TestNestedConnectionsMultiply(t *testing.T) {
	t.Parallel()
	const nested = "{ stores(first: %d) { edges { node { coupons(first: %d) { nodes { id } } } } } }"
	require.Empty(t, try(newExecutor(limits.Operation{}), query(fmt.Sprintf(nested, 90, 100))))
	// 100 × (edges + node + coupons + 100 × 2) + 1
	require.Contains(t, try(newExecutor(limits.Operation{}), query(fmt.Sprintf(nested, 100, 100))), "has 20301 points of cost")
}

// Directives and introspection can leave a valid subscription without a stream.
func TestSubscriptionsAskForOneStream(t *testing.T) {
	t.Parallel()
	e := newExecutor(limits.Operation{})
	with := func(text string) *graphql.RawParams {
		return &graphql.RawParams{Query: text, Variables: map[string]any{"on": false}}
	}
	for _, text := range []string{
		"subscription { store @include(if: false) { id } }",
		"subscription($on: Boolean!) { store @include(if: $on) { id } }",
		"subscription($on: Boolean!) { ... @include(if: $on) { store { id } } }",
		"subscription { __typename }",
		"subscription { __typename store { id } }",
	} {
		require.Regexp(t, "^(INVALID_ARGUMENT|GRAPHQL_VALIDATION_FAILED): ", try(e, with(text)), text)
	}
	require.Empty(t, try(e, with("subscription($on: Boolean!) { store @skip(if: $on) { id } ... { store { name } } }")))
}

// The query that GraphiQL sends must pass the default limits.
func TestIntrospectionQueryPasses(t *testing.T) {
	t.Parallel()
	ofType := strings.Repeat(" ofType { kind name", 9) + strings.Repeat(" }", 9)
	text := `query IntrospectionQuery {
		__schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
			types { ...FullType }
			directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
	fragment FullType on __Type { kind name description specifiedByURL isOneOf
		fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
			type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
		possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
	fragment TypeRef on __Type { kind name` + ofType + ` }`
	require.Empty(t, try(newExecutor(limits.Operation{}, limits.Introspection{Allow: true}), query(text)))
}

func TestIntrospectionOff(t *testing.T) {
	t.Parallel()
	e := newExecutor(limits.Introspection{})
	for _, text := range []string{
		"{ __schema { types { name } } }",
		`{ name __type(name: "Store") { name } }`,
		`{ ... { ... on Query { x: __type(name: "Store") { name } } } }`,
		"{ ...f } fragment f on Query { ...g } fragment g on Query { __schema { types { name } } }",
	} {
		require.Regexp(t, "^FORBIDDEN: `__(schema|type)` is not available", try(e, query(text)), text)
	}
	require.Empty(t, try(e, query("{ __typename store(id: 1) { __typename } }")))
}

// Texts that are meant to keep the server busy are refused or measured in well under a second.
func TestBombs(t *testing.T) {
	e := newExecutor(limits.Operation{}, limits.Introspection{Allow: true})
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, strings.ReplaceAll(format, "NEXT", strconv.Itoa(i+1)), i)
		}
		return b.String()
	}
	for name, tc := range map[string]struct{ text, want string }{
		"1 MB of one field":            {"{" + strings.Repeat(" name", 200_000) + "}", "`name` more than 200 times"},
		"1 MB of aliases":              {"{" + numbered(80_000, " a%d: name") + "}", "`name` more than"},
		"1 MB of directives":           {"{ name" + strings.Repeat(" @skip(if: false)", 60_000) + "}", "`skip` more than 200 times"},
		"1 MB of values":               {"{ store(id: [" + strings.Repeat("1 ", 500_000) + "]) { id } }", "token limit"},
		"1 MB of braces":               {strings.Repeat("{a", 500_000), "`a` more than 200 times"},
		"1 MB of fragments":            {"{ ...f0 }" + numbered(20_000, " fragment f%d on Query { ...fNEXT }"), "`fragment` more than"},
		"one field up to the limit":    {"{" + strings.Repeat(" name", 1990) + "}", "`name` more than 200 times"},
		"ten fields up to the limit":   {"{" + strings.Repeat(" name color a:name b:name c:name d:name e:name", 24) + "}", "aliases"},
		"objects up to the limit":      {"{" + strings.Repeat(" store(id:1){id}", 100) + "}", "root fields"},
		"aliases up to the limit":      {"{" + numbered(199, " a%d: name") + "}", "aliases"},
		"directives up to the limit":   {"{ name" + strings.Repeat(" @skip(if: false)", 199) + "}", "directive"},
		"deep up to the limit":         {"{ store(id: 1) " + strings.Repeat("{ friend ", 190) + "{ id }" + strings.Repeat("}", 191), "levels"},
		"fragments that double":        {"{ ...f0 }" + numbered(140, " fragment f%d on Query { ...fNEXT ...fNEXT }") + " fragment f140 on Query { a: name }", "aliases"},
		"fields that double":           {"{ store(id: 1) { ...f0 } }" + numbered(60, " fragment f%d on Store { friend { ...fNEXT } friend { ...fNEXT } }") + " fragment f60 on Store { id }", "levels"},
		"a cycle of fragments":         {"{ ...f0 }" + numbered(150, " fragment f%d on Query { ...fNEXT }") + " fragment f150 on Query { ...f0 }", "spread"},
		"a cycle of introspection":     {"{ __schema { types " + strings.Repeat("{ fields { type ", 100) + "{ name }" + strings.Repeat("} }", 100) + " } }", "introspection depth"},
		"connections inside of others": {"{ stores(first: 100) { edges { node { friend { coupons(first: 100) { nodes { id } } coupons(first: 100) { nodes { id } } } } } } }", "cost"},
	} {
		begin := time.Now()
		got := try(e, query(tc.text))
		require.Less(t, time.Since(begin), time.Second, name)
		require.Contains(t, got, tc.want, name)
		require.Less(t, len(got), 4000, name)
	}
}
