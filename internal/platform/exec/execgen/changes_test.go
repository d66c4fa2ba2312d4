package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryChangeHasItsPlaceInGqlgen(t *testing.T) {
	t.Parallel()
	folder, err := changedTemplates(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	known := map[string]bool{}
	for part, names := range map[string][]string{"root": rootTemplates, "schema": schemaTemplates} {
		for _, name := range names {
			known[name] = true
			require.FileExists(t, filepath.Join(folder, part, name))
		}
	}
	for _, c := range changes {
		require.True(t, known[c.template], "%s is not rendered, so %q is never made", c.template, c.why)
	}
}

func TestAChangeThatFitsTwiceOrNowhereIsRefused(t *testing.T) {
	t.Parallel()
	all := []change{{template: "a", why: "of a test", from: "x", to: "y"}}
	text, err := apply("a", "-x-", all)
	require.NoError(t, err)
	require.Equal(t, "-y-", text)
	for _, text := range []string{"", "x x"} {
		_, err := apply("a", text, all)
		require.ErrorContains(t, err, "of a test", text)
	}
	text, err = apply("b", "x x", all)
	require.NoError(t, err, "a change is for its template")
	require.Equal(t, "x x", text)
}
