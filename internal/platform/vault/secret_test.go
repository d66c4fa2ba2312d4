package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

// holder has a secret where package fmt cannot call its methods.
type holder struct {
	Token  vault.Secret
	Other  *vault.Secret
	hidden vault.Secret
	list   []vault.Secret
	byName map[string]vault.Secret
}

func TestASecretNeverShowsItself(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	s := vault.NewSecret(text)
	held := holder{Token: s, Other: &s, hidden: s, list: []vault.Secret{s}, byName: map[string]vault.Secret{"a": s}}
	values := map[string]any{
		"alone": s, "pointer": &s, "held": held, "held by pointer": &held, "list": []vault.Secret{s},
		"in an error": fmt.Errorf("sign in with %v: %w", s, errors.New("refused")),
	}
	for name, value := range values {
		var shown bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%t"} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
		fmt.Fprintln(&shown, value)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
			slog.New(handler).Info("a credential", "value", value, slog.Group("g", "value", value))
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		shown.Write(text)
		require.NotContains(t, shown.String(), "hunter2", name)
		require.NotContains(t, shown.String(), fmt.Sprintf("%x", "hunter2"), name)
		require.NotContains(t, shown.String(), fmt.Sprintf("%X", "hunter2"), name)
	}
	key, err := json.Marshal(map[vault.Secret]int{s: 1})
	require.NoError(t, err)
	require.JSONEq(t, `{"[redacted]":1}`, string(key))
	require.Equal(t, "[redacted]", s.String())
	require.Equal(t, text, s.Reveal())
}

func TestNoSecretIsKnownAsNone(t *testing.T) {
	t.Parallel()
	require.True(t, vault.Secret{}.IsZero())
	require.True(t, vault.NewSecret("").IsZero())
	require.Empty(t, vault.Secret{}.Reveal())
	require.False(t, vault.NewSecret("x").IsZero())
}

func TestACredentialOpensAsASecret(t *testing.T) {
	t.Parallel()
	v := open(testkit.SQLite(t), local(t, "a"))
	s, err := v.OpenSecret(t.Context(), seal(t, v, "hunter2", "credential", "1"), "credential", "1")
	require.NoError(t, err)
	require.Equal(t, "hunter2", s.Reveal())
	_, err = v.OpenSecret(t.Context(), []byte("hunter2"), "credential", "1")
	require.ErrorIs(t, err, vault.ErrForged)
}
