package web_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/web"
)

// maxBytes bounds what the page adds to the binary.
const maxBytes = 2_000_000

var (
	reference    = regexp.MustCompile(`(?:src|href)="([^"]*)"`)
	inlineScript = regexp.MustCompile(`<script[^>]*>\s*[^\s<]|<style|\son[a-z]+="`)
	dynamicCode  = regexp.MustCompile(`\beval\(|\bnew Function\(|\bimportScripts\(`)
	imported     = regexp.MustCompile(`(?:\bfrom|\bimport\(?)"([\w@./:-]+)"`)
	cssFetch     = regexp.MustCompile(`url\(\s*["']?([^"')]*)`)
)

func TestPageNamesOnlyFilesOfItsOwnOrigin(t *testing.T) {
	t.Parallel()
	page := read(t, "index.html")

	references := reference.FindAllStringSubmatch(page, -1)
	require.Len(t, references, 3, "icon, style sheet, script")
	for _, found := range references {
		require.True(t, strings.HasPrefix(found[1], "/"), found[1])
		read(t, strings.TrimPrefix(strings.TrimPrefix(found[1], "/"), "graphiql/"))
	}
	require.NotRegexp(t, inlineScript, page)
	require.Contains(t, page, "<title>Moa</title>")
}

func TestScriptsRunUnderAStrictPolicy(t *testing.T) {
	t.Parallel()
	for name, script := range assets(t, ".js") {
		require.NotRegexp(t, dynamicCode, script, name)
		require.NotContains(t, script, "sourceMappingURL", name)
		for _, found := range imported.FindAllStringSubmatch(script, -1) {
			require.True(t, strings.HasPrefix(found[1], "./"), "%s imports %s", name, found[1])
			read(t, path.Join("assets", found[1]))
		}
	}
}

func TestStylesFetchNothing(t *testing.T) {
	t.Parallel()
	for name, style := range assets(t, ".css") {
		require.NotContains(t, style, "@import", name)
		require.NotContains(t, style, "@font-face", name)
		for _, found := range cssFetch.FindAllStringSubmatch(style, -1) {
			require.True(t, strings.HasPrefix(found[1], "data:"), "%s fetches %s", name, found[1])
		}
	}
}

func TestBuiltPageTellsTheStoriesOfTheSources(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob("graphiql/stories/*.graphql")
	require.NoError(t, err)
	require.Len(t, stories, 10)

	var bundle strings.Builder
	for _, script := range assets(t, ".js") {
		bundle.WriteString(script)
	}
	for _, story := range stories {
		text, err := os.ReadFile(story)
		require.NoError(t, err)
		require.Contains(t, bundle.String(), string(text),
			"%s is not in web/dist: run npm run build in web/graphiql", story)
	}
}

func TestPageIsSmallAndCarriesItsNotices(t *testing.T) {
	t.Parallel()
	total := int64(0)
	require.NoError(t, fs.WalkDir(web.GraphiQL(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		require.NotEqual(t, ".map", path.Ext(name))
		total += info.Size()
		return nil
	}))
	require.Less(t, total, int64(maxBytes))

	notices := read(t, "THIRD_PARTY_LICENSES.txt")
	for _, library := range []string{"graphiql", "@graphiql/react", "graphiql-explorer", "graphql-ws", "codemirror", "react"} {
		require.Contains(t, notices, "\n"+library+" ")
	}
}

func assets(t *testing.T, extension string) map[string]string {
	t.Helper()
	names, err := fs.Glob(web.GraphiQL(), "assets/*"+extension)
	require.NoError(t, err)
	require.NotEmpty(t, names)
	files := make(map[string]string, len(names))
	for _, name := range names {
		files[name] = read(t, name)
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(web.GraphiQL(), name)
	require.NoError(t, err)
	return string(content)
}
