package limits_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/limits"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// persisted returns the parameters of a request with `extensions.persistedQuery`.
func persisted(text, hash string) *graphql.RawParams {
	return &graphql.RawParams{Query: text, Extensions: map[string]any{
		"persistedQuery": map[string]any{"version": json.Number("1"), "sha256Hash": hash},
	}}
}

func TestPersistedQueries(t *testing.T) {
	t.Parallel()
	documents, err := limits.NewDocumentCache(2, 100)
	require.NoError(t, err)
	e := newExecutor(limits.PersistedQueries{Documents: documents})
	const text = "{ name }"

	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound", try(e, persisted("", hash(text))))
	require.Empty(t, try(e, persisted(text, hash(text))))
	require.Empty(t, try(e, persisted("", hash(text))), "known by its hash from now on")
	require.Empty(t, try(e, query(text)), "nothing is asked of others")

	require.Contains(t, try(e, persisted("{ color }", hash(text))), "INVALID_ARGUMENT: `sha256Hash` is not the hash")
	for _, value := range []any{
		"x",
		map[string]any{},
		map[string]any{"version": 2.0, "sha256Hash": hash(text)},
		map[string]any{"version": 1.0},
		map[string]any{"version": 1.0, "sha256Hash": "abc"},
		map[string]any{"version": "1", "sha256Hash": hash(text)},
	} {
		params := &graphql.RawParams{Extensions: map[string]any{"persistedQuery": value}}
		require.Contains(t, try(e, params), "INVALID_ARGUMENT: `persistedQuery.", value)
	}

	// What is invalid or long is never kept.
	for _, refused := range []string{"{", "{ nope }", "{ name } #" + strings.Repeat("x", 100)} {
		try(e, persisted(refused, hash(refused)))
		require.Contains(t, try(e, persisted("", hash(refused))), "NOT_FOUND", refused)
	}
	// The oldest entry makes room.
	for _, more := range []string{"{ a: name }", "{ b: name }"} {
		require.Empty(t, try(e, persisted(more, hash(more))))
	}
	require.Contains(t, try(e, persisted("", hash(text))), "NOT_FOUND")
}

func TestQueryCacheIsBounded(t *testing.T) {
	t.Parallel()
	cache, err := limits.NewQueryCache(10, 20)
	require.NoError(t, err)
	ctx := context.Background()
	cache.Add(ctx, "{ short }", &ast.QueryDocument{})
	cache.Add(ctx, "{ much, much longer }", &ast.QueryDocument{})
	_, short := cache.Get(ctx, "{ short }")
	_, long := cache.Get(ctx, "{ much, much longer }")
	require.True(t, short)
	require.False(t, long)

	_, err = limits.NewQueryCache(0, 20)
	require.Error(t, err)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "documents.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const text = "query Name { name }"
	for format, manifest := range map[string]string{
		"relay":  `{"` + hash(text) + `":"` + text + `"}`,
		"prefix": `{"sha256:` + hash(text) + `":"` + text + `"}`,
		"apollo": `{"format":"apollo-persisted-query-manifest","version":1,"operations":[
			{"id":"` + hash(text) + `","body":"` + text + `","name":"Name","type":"query"}]}`,
	} {
		trusted, err := limits.LoadTrustedDocuments(write(t, manifest))
		require.NoError(t, err, format)
		e := newExecutor(trusted)
		named := func(id, text string) *graphql.RawParams {
			return &graphql.RawParams{Query: text, Extensions: map[string]any{"documentId": id}}
		}
		for _, params := range []*graphql.RawParams{
			query(text), persisted("", hash(text)), persisted(text, hash(text)),
			named(hash(text), ""), named("sha256:"+hash(text), ""), named(hash(text), text),
		} {
			require.Empty(t, try(e, params), format)
			require.Equal(t, text, params.Query)
		}
		for _, params := range []*graphql.RawParams{
			query("{ name }"), query(text + " "), query(""), persisted("", hash("{ name }")),
			persisted("{ name }", hash(text)), named("nope", ""), named("", ""), named(hash(text), "{ name }"),
		} {
			require.Contains(t, try(e, params), "PERSISTED_QUERY_NOT_IN_LIST: ", format)
		}
	}
}

func TestTrustedDocumentsRefuseBadLists(t *testing.T) {
	t.Parallel()
	for _, manifest := range []string{
		``, `[]`, `{}`, `{"a":1}`, `{"a":""}`, `{"":"{ name }"}`,
		`{"format":"apollo-persisted-query-manifest"}`,
		`{"format":"apollo-persisted-query-manifest","operations":[{"id":"a"}]}`,
		`{"format":"other","operations":[]}`,
	} {
		_, err := limits.LoadTrustedDocuments(write(t, manifest))
		require.Error(t, err, manifest)
	}
	_, err := limits.LoadTrustedDocuments(filepath.Join(t.TempDir(), "absent.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
