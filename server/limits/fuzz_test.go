package limits_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/limits"
	"github.com/moa-bff/moa/test/testkit"
)

// guardTime is how long the guard may take for any document of 64 kB, on a busy machine.
func guardTime() time.Duration {
	if testkit.RaceDetector {
		return 3 * time.Second
	}
	return time.Second
}

// FuzzGuard holds that whatever a client sends is refused with a known code or is within every limit, soon,
// and the same way each time. What it accepts is measured once more, in a plain way of its own: fragments
// unfolded.
func FuzzGuard(f *testing.F) {
	documents, err := limits.NewDocumentCache(100, 1000)
	require.NoError(f, err)
	guard := newExecutor(limits.PersistedQueries{Documents: documents}, limits.Operation{}, limits.Introspection{})
	f.Fuzz(func(t *testing.T, text, variables, extensions, operation string) {
		if len(text) > 64<<10 {
			return
		}
		params := func() *graphql.RawParams {
			p := &graphql.RawParams{Query: text, OperationName: operation}
			p.Variables, p.Extensions = object(variables), object(extensions)
			return p
		}
		begun := time.Now()
		ctx := graphql.StartOperationTrace(t.Context())
		opCtx, errs := guard.CreateOperationContext(ctx, params())
		require.Less(t, time.Since(begun), guardTime())
		_, again := guard.CreateOperationContext(ctx, params())
		require.Len(t, again, len(errs))
		for _, err := range errs {
			require.Contains(t, []any{
				"INVALID_ARGUMENT", "FORBIDDEN", "PERSISTED_QUERY_NOT_FOUND",
				"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED",
			}, err.Extensions["code"], err.Message)
		}
		if len(errs) == 0 {
			requireWithin(t, opCtx)
		}
	})
}

func object(text string) map[string]any {
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&m) != nil {
		return nil
	}
	return m
}

// requireWithin counts what an accepted operation asks for. The limits bound the unfolded size, so counting
// it is no danger.
func requireWithin(t *testing.T, opCtx *graphql.OperationContext) {
	t.Helper()
	var fields, aliases, deepest int
	var walk func(set ast.SelectionSet, depth int)
	walk = func(set ast.SelectionSet, depth int) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				require.NotContains(t, []string{"__schema", "__type"}, s.Name, "the schema is not shown")
				fields++
				deepest = max(deepest, depth)
				if s.Alias != s.Name {
					aliases++
				}
				walk(s.SelectionSet, depth+1)
			case *ast.InlineFragment:
				walk(s.SelectionSet, depth)
			case *ast.FragmentSpread:
				walk(s.Definition.SelectionSet, depth)
			}
			require.LessOrEqual(t, fields, 20_000)
		}
	}
	walk(opCtx.Operation.SelectionSet, 1)
	require.LessOrEqual(t, deepest, 15)
	require.LessOrEqual(t, aliases, 30)
	require.LessOrEqual(t, len(opCtx.Operation.Directives), 50)
	if opCtx.Operation.Operation == ast.Subscription {
		require.Len(t, graphql.CollectFields(opCtx, opCtx.Operation.SelectionSet, []string{"Subscription"}), 1)
	}
}
