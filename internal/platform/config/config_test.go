package config_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"os"
	"regexp"
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
	for _, name := range []string{`MOA_LIMIT_COST is not a whole number: strconv.ParseInt: parsing "much"`, "MOA_LIMIT_OPERATION", "MOA_REDIS_URL", "MOA_TRUSTED_PROXIES", "MOA_ENV", "MOA_TOKEN_KEY", "MOA_DATABASE_URL", `"app.example"`, "MOA_LOG_LEVEL", "MOA_LIMIT_DEPTH"} {
		require.ErrorContains(t, err, name)
	}
	require.NotContains(t, err.Error(), "ok.example")
}

func TestSettingsThatAreNoneAreFound(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"MOA_ALLOWED_ORIGIN", "MOA_PORTS"}, config.Unknown([]string{
		"MOA_PORTS=1", "MOA_ALLOWED_ORIGIN=https://app.example", "MOA_ALLOWED_ORIGINS=https://app.example", "MOA_LLM_KEY=k",
		"MOA_TEST_REDIS_URL=x", "MOA_DEV_DATABASE_URL=x", "MOA_SERVICE_HOST=10.0.0.1", "MOA_PORT=tcp://x", "MOA_PORT_80_TCP=x", "MOA_EMPTY=", "PATH=/bin",
	}))
	all := regexp.MustCompile("`(MOA_[A-Z0-9_]+)` \\|").FindAllStringSubmatch(config.Document(), -1)
	require.Greater(t, len(all), 40)
	for _, setting := range all {
		require.Empty(t, config.Unknown([]string{setting[1] + "=x"}))
	}
}

// misread finds the variables that a mistake says cannot be read.
var misread = regexp.MustCompile(`(?m)^(\S+) is not a .+: `)

func TestAMistakeIsBlamedOnItsOwnVariable(t *testing.T) {
	t.Parallel()
	settings := regexp.MustCompile("(?m)^\\| `(MOA_\\w+)`").FindAllStringSubmatch(config.Document(), -1)
	require.Greater(t, len(settings), 50)
	var blamed int
	for _, setting := range settings {
		_, err := config.Load([]string{setting[1] + "=nonsense"})
		if err == nil {
			continue
		}
		for _, name := range misread.FindAllStringSubmatch(err.Error(), -1) {
			require.Equal(t, setting[1], name[1])
			blamed++
		}
	}
	require.Greater(t, blamed, 20)
}

func TestServersForCallsAreNamedWithTheirSecret(t *testing.T) {
	t.Parallel()
	secret := "MOA_TURN_SECRET=" + strings.Repeat("n", 16) + "," + strings.Repeat("o", 16)
	c, err := config.Load([]string{"MOA_STUN_URLS=stun:a,stuns:b", "MOA_TURN_URLS=turn:a?transport=udp,turns:b", secret})
	require.NoError(t, err)
	require.Equal(t, []string{"turn:a?transport=udp", "turns:b"}, c.ICE.TURN)
	require.Equal(t, strings.Repeat("n", 16), c.ICE.Secret(), "the first signs")
	for mistake, settings := range map[string][]string{
		"MOA_STUN_URLS must begin":             {"MOA_STUN_URLS=stun:a,turn:b"},
		"MOA_TURN_URLS must begin":             {"MOA_TURN_URLS=stun:a", secret},
		"MOA_STUN_URLS has 11 addresses":       {"MOA_STUN_URLS=stun:a" + strings.Repeat(",stun:a", 10)},
		"MOA_TURN_URLS has 11 addresses":       {"MOA_TURN_URLS=turn:a" + strings.Repeat(",turn:a", 10), secret},
		"MOA_TURN_SECRET and MOA_TURN_URLS":    {"MOA_TURN_URLS=turn:a"},
		"MOA_TURN_SECRET needs 16":             {"MOA_TURN_URLS=turn:a", "MOA_TURN_SECRET=hunter2"},
		"MOA_TURN_TTL must be positive":        {"MOA_TURN_TTL=-1s"},
		"MOA_TURN_SECRET and MOA_TURN_URLS be": {secret},
	} {
		_, err := config.Load(settings)
		require.ErrorContains(t, err, mistake)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestSourcesOutsideAreNamedWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"MOA_TRINO_URL=https://moa:hunter2@trino:8443?catalog=hive&schema=moa", "MOA_GA4_URL=https://analyticsdata.googleapis.com"})
	require.NoError(t, err)
	require.Equal(t, "https://oauth2.googleapis.com/token", c.GA4.TokenURL)
	for mistake, setting := range map[string]string{
		"MOA_TRINO_URL is not":                      "MOA_TRINO_URL=trino://moa:hunter2@trino",
		"MOA_TRINO_TIMEOUT must be":                 "MOA_TRINO_TIMEOUT=-1s",
		"MOA_TRINO_TIMEOUT is not a length of time": "MOA_TRINO_TIMEOUT=long",
		"MOA_GA4_URL is not":                        "MOA_GA4_URL=analyticsdata.googleapis.com",
		"MOA_GA4_TOKEN_URL is not":                  "MOA_GA4_TOKEN_URL=ftp://token.example",
		"MOA_GA4_TIMEOUT must be":                   "MOA_GA4_TIMEOUT=0s",
	} {
		_, err := config.Load([]string{setting})
		require.ErrorContains(t, err, mistake, setting)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestProductionNeedsItsSecret(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{"MOA_ENV=production", "MOA_VAULT_KEY=", "MOA_VAULT_URL="})
	require.ErrorContains(t, err, "MOA_TOKEN_KEY is required")
	require.ErrorContains(t, err, "MOA_VAULT_KEY is required")
	token := "MOA_TOKEN_KEY=" + strings.Repeat("k", 32)
	for _, vault := range []string{"MOA_VAULT_KEY=" + vaultKey, "MOA_VAULT_URL=awskms://alias/moa?region=ap-northeast-2"} {
		_, err = config.Load([]string{"MOA_ENV=production", token, vault})
		require.NoError(t, err)
	}
}

// vaultKey is 32 bytes.
var vaultKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, 32))

func TestAMistakeInAKeyIsNamedAndTheKeyIsNot(t *testing.T) {
	t.Parallel()
	for value, mistake := range map[string]string{
		"hunter2":               "key 1: it has 5 bytes, not 32",
		vaultKey + ",hunter!":   "key 2: it is not base64",
		vaultKey + "," + "aGVs": "key 2: it has 3 bytes, not 32",
	} {
		_, err := config.Load([]string{"MOA_VAULT_KEY=" + value})
		require.ErrorContains(t, err, "MOA_VAULT_KEY has a mistake in "+mistake)
		for _, key := range strings.Split(value, ",") {
			require.NotContains(t, err.Error(), key)
		}
	}
	_, err := config.Load([]string{"MOA_VAULT_URL=gcpkms://projects/p"})
	require.ErrorContains(t, err, "MOA_VAULT_URL is not an awskms:// URL")
}

func TestKeysOfTheVaultComeInTheirOrderAndInEitherAlphabet(t *testing.T) {
	t.Parallel()
	other := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32))
	c, err := config.Load([]string{"MOA_VAULT_KEY=" + other + "," + vaultKey, "MOA_DATA_DIR=" + t.TempDir() + "/unused"})
	require.NoError(t, err)
	keys, err := c.VaultKeys()
	require.NoError(t, err)
	require.Equal(t, [][]byte{bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{0xfb}, 32)}, keys)
	require.NoDirExists(t, c.DataDir)

	c, err = config.Load([]string{"MOA_VAULT_URL=awskms://alias/moa", "MOA_DATA_DIR=" + t.TempDir() + "/unused"})
	require.NoError(t, err)
	keys, err = c.VaultKeys()
	require.NoError(t, err)
	require.Empty(t, keys, "the service has the key")
	require.NoDirExists(t, c.DataDir)
}

func TestProcessesThatStartAtOnceAgreeOnTheirKeys(t *testing.T) {
	t.Parallel()
	c := config.Config{DataDir: t.TempDir() + "/data"}
	const processes = 16
	found := make(chan [][]byte, processes)
	for range processes {
		go func() {
			keys, err := c.VaultKeys()
			require.NoError(t, err)
			found <- keys
		}()
	}
	first := <-found
	require.Len(t, first, 1)
	require.Len(t, first[0], 32)
	for range processes - 1 {
		require.Equal(t, first, <-found)
	}
	files, err := os.ReadDir(c.DataDir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := files[0].Info()
	require.NoError(t, err)
	require.Equal(t, "vault.key", info.Name())
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
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
