package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// loadSchema reads the hand-written schema.
func loadSchema(t *testing.T) *ast.Schema {
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
	schema, gqlErr := gqlparser.LoadSchema(sources...)
	require.NoError(t, gqlErr)
	return schema
}

func TestSchemaIsWhatClientsWereTold(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	formatter.NewFormatter(&printed, formatter.WithIndent("  ")).FormatSchema(loadSchema(t))
	golden(t, "../schema/testdata/printed.graphql", printed.String())
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	for _, definition := range loadSchema(t).Types {
		if definition.BuiltIn {
			continue
		}
		require.NotEmpty(t, definition.Description, definition.Name)
		for _, value := range definition.EnumValues {
			require.NotEmpty(t, value.Description, "%s.%s", definition.Name, value.Name)
		}
		for _, field := range definition.Fields {
			if field.Position != nil && field.Position.Src.BuiltIn || field.Name == "__schema" || field.Name == "__type" {
				continue
			}
			require.NotEmpty(t, field.Description, "%s.%s", definition.Name, field.Name)
			for _, argument := range field.Arguments {
				require.NotEmpty(t, argument.Description, "%s.%s(%s)", definition.Name, field.Name, argument.Name)
			}
		}
	}
}

// TestCodesAreThoseOfTheSchema holds the faults that the subjects declare and the schema's enum equal.
func TestCodesAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	var promised []string
	for _, value := range loadSchema(t).Types["UserErrorCode"].EnumValues {
		promised = append(promised, value.Name)
	}
	slices.Sort(promised)
	var declared []string
	for _, code := range fault.BusinessCodes() { // all subjects are linked in through server
		declared = append(declared, string(code))
	}
	require.Equal(t, promised, declared)
}

// golden compares text with a file, or writes it with -update.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "run go test ./server -update and look at the difference")
}
