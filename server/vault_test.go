package server_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server"
)

// vaultKey returns the key of the vault whose bytes are one letter.
func vaultKey(letter string) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte(letter), 32))
}

// command runs a command of Moa and returns what it said.
func command(t *testing.T, args string, settings ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := server.Main(t.Context(), server.Process{
		Args: strings.Fields(args), Environ: append([]string{"MOA_ADDR=127.0.0.1:0", "MOA_LOG_LEVEL=error"}, settings...), Stdout: &out, Stderr: io.Discard,
	})
	return out.String(), err
}

func TestProductionDoesNotStartWithoutTheKeyOfItsVault(t *testing.T) {
	t.Parallel()
	_, err := command(t, "serve", "MOA_ENV=production", "MOA_TOKEN_KEY="+strings.Repeat("k", 40), "MOA_DATA_DIR="+t.TempDir())
	require.ErrorContains(t, err, "MOA_VAULT_KEY is required in production")
}

func TestTheKeyOfTheVaultIsRotatedByCommand(t *testing.T) {
	t.Parallel()
	dir := "MOA_DATA_DIR=" + t.TempDir()
	a, b, both := "MOA_VAULT_KEY="+vaultKey("a"), "MOA_VAULT_KEY="+vaultKey("b"), "MOA_VAULT_KEY="+vaultKey("b")+","+vaultKey("a")
	out, err := command(t, "keys rotate", dir, a)
	require.NoError(t, err)
	require.Contains(t, out, "The data key dky_")

	for _, start := range []string{"serve", "work", "keys rotate"} {
		_, err = command(t, start, dir, b)
		require.ErrorContains(t, err, "MOA_VAULT_KEY", start)
		require.NotContains(t, err.Error(), vaultKey("b"))
	}
	out, err = command(t, "keys rotate -reseal", dir, both)
	require.NoError(t, err)
	require.Contains(t, out, "and 1 older data keys with it")
	m := start(t, dir, b)
	require.Contains(t, m.page(t, "/readyz"), `"vault":{"status":"ok","detail":"data keys: 2"`)
	_, err = command(t, "serve", dir, a)
	require.ErrorContains(t, err, "MOA_VAULT_KEY")
}

func TestDevelopmentMakesItsOwnKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		_, err := command(t, "keys rotate", "MOA_DATA_DIR="+dir)
		require.NoError(t, err)
	}
	require.FileExists(t, dir+"/vault.key")
}
