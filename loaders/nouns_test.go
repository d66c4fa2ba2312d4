package loaders

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/platform/page"
)

// TestNounsAreOfTheSchema holds the names against the schema: a misspelt one would cost its batching, and
// nobody would notice.
func TestNounsAreOfTheSchema(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t)
	for name, n := range nouns {
		object := schema.Types[name]
		require.NotNil(t, object, name)
		require.NotNil(t, n.is, name)
		for _, field := range n.instant {
			require.NotNil(t, object.Fields.ForName(field), "%s.%s", name, field)
			require.NotContains(t, n.edges, field, name)
			require.True(t, (&Loaders{}).Instant(name, field))
		}
		for field := range n.edges {
			require.NotNil(t, object.Fields.ForName(field), "%s.%s", name, field)
			require.False(t, (&Loaders{}).Instant(name, field))
		}
	}
}

func schemaOf(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../schema/*.graphql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var sources []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	require.NoError(t, err)
	return schema
}

func TestWhatIsRefusedForOneIsNotRefusedForAnother(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	asked := 0
	pages := onePage(func(_ context.Context, key string, _ page.Args, _ struct{}) (*page.Connection[string], error) {
		asked++
		if key == "b" {
			return nil, refused
		}
		return &page.Connection[string]{}, nil
	})
	for range 2 {
		_, err := pages.Load(t.Context(), "b", page.Args{}, struct{}{})
		require.ErrorIs(t, err, refused)
		found, err := pages.Load(t.Context(), "a", page.Args{}, struct{}{})
		require.NoError(t, err)
		require.NotNil(t, found)
	}
	require.Equal(t, 2, asked)
}
