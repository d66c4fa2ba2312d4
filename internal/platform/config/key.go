package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// vaultKeySize is the size of a key of the vault, in bytes: that of AES-256.
const vaultKeySize = 32

// Key returns the secret that signs tokens: the configured one, or one that is generated into the
// data directory the first time and kept there.
func (c Config) Key() ([]byte, error) {
	if c.TokenKey != "" {
		return []byte(c.TokenKey), nil
	}
	key, err := c.generated("token.key")
	return []byte(key), err
}

// VaultKeys returns the keys that wrap the keys of the vault, the first for new ones: the configured ones, or,
// where neither keys nor a key management service are configured, one that is generated into the data directory
// the first time and kept there.
func (c Config) VaultKeys() ([][]byte, error) {
	texts := c.Vault.Key
	if len(texts)+len(c.Vault.URL) == 0 {
		text, err := c.generated("vault.key")
		if err != nil {
			return nil, err
		}
		texts = []string{text}
	}
	keys := make([][]byte, len(texts))
	for i, text := range texts {
		key, err := decodeKey(text)
		if err != nil {
			return nil, fmt.Errorf("key %d of the vault: %w", i+1, err)
		}
		keys[i] = key
	}
	return keys, nil
}

// decodeKey reads a key of the vault in either alphabet of base64 (RFC 4648, §4 and §5), padded or not. The
// error says nothing of what was read.
func decodeKey(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(strings.TrimSpace(text), "="))
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	if len(key) != vaultKeySize {
		return nil, fmt.Errorf("it has %d bytes, not %d", len(key), vaultKeySize)
	}
	return key, nil
}

// generated returns the secret in a file of the data directory, 32 random bytes in base64, and makes it when
// there is none. Processes that start at once agree on one.
func (c Config) generated(name string) (string, error) {
	file := filepath.Join(c.DataDir, name)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.generate(file); err != nil {
			return "", fmt.Errorf("keep a new %s: %w", name, err)
		}
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// generate writes a secret beside the file and gives it the name when it is whole, unless another process was
// first: a secret that is in use is never written over.
func (c Config) generate(file string) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, see package crypto/rand
	temporary, err := os.CreateTemp(c.DataDir, filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // the secret has another name by now, or none
	_, err = temporary.WriteString(base64.RawURLEncoding.EncodeToString(secret) + "\n")
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
