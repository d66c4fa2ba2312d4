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

// Key returns the secret that signs tokens: the configured one, or one that is generated into the
// data directory the first time and kept there.
func (c Config) Key() ([]byte, error) {
	if c.TokenKey != "" {
		return []byte(c.TokenKey), nil
	}
	file := filepath.Join(c.DataDir, "token.key")
	text, err := os.ReadFile(file)
	if err == nil {
		return []byte(strings.TrimSpace(string(text))), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the token key: %w", err)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, see package crypto/rand
	key := base64.RawURLEncoding.EncodeToString(secret)
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("keep the token key: %w", err)
	}
	return []byte(key), nil
}
