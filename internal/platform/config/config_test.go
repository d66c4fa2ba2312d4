package config_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/config"
)

var update = flag.Bool("update", false, "write the table of settings into the README")

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	c, err := config.Load(nil)
	require.NoError(t, err)
	require.Equal(t, config.Development, c.Env)
	require.Equal(t, "127.0.0.1:8080", c.Addr)
	require.Equal(t, "./var", c.DataDir)
	require.Equal(t, 2000, c.Limits.Tokens)
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{
		"MOA_ENV=staging", "MOA_TOKEN_KEY=short", "MOA_DATABASE_URL=mysql://x", "MOA_ALLOWED_ORIGINS=app.example,https://ok.example",
		"MOA_LOG_LEVEL=loud", "MOA_LIMIT_DEPTH=0", "MOA_LIMIT_COST=much", "MOA_LIMIT_OPERATION=5", "MOA_REDIS_URL=foo", "MOA_TRUSTED_PROXIES=-1",
	})
	require.NotContains(t, err.Error(), "MOA_LIMIT_COST must be positive", "once is enough")
	for _, name := range []string{"MOA_LIMIT_COST is not a int", "MOA_LIMIT_OPERATION", "MOA_REDIS_URL", "MOA_TRUSTED_PROXIES", "MOA_ENV", "MOA_TOKEN_KEY", "MOA_DATABASE_URL", `"app.example"`, "MOA_LOG_LEVEL", "MOA_LIMIT_DEPTH"} {
		require.ErrorContains(t, err, name)
	}
	require.NotContains(t, err.Error(), "ok.example")
}

func TestProductionNeedsItsSecret(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{"MOA_ENV=production"})
	require.ErrorContains(t, err, "MOA_TOKEN_KEY is required")
	_, err = config.Load([]string{"MOA_ENV=production", "MOA_TOKEN_KEY=" + strings.Repeat("k", 32)})
	require.NoError(t, err)
}

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	c := config.Config{DataDir: t.TempDir() + "/data"}
	first, err := c.Key()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(first), 32)
	second, err := c.Key()
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestReadmeHasEverySetting(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../../../README.md", "-update` -->\n", "<!-- end of config -->"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	table, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(before+begin+config.Document()+end+after), 0o644))
		return
	}
	require.Equal(t, config.Document(), table, "run go test ./internal/platform/config -update")
}
