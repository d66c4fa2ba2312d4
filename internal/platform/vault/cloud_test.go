package vault_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

// service is an AWS KMS of a test's own, as far as it encrypts and decrypts
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html, …/API_Decrypt.html).
type service struct {
	url string

	mu       sync.Mutex
	texts    map[string][]byte // by ciphertext
	calls    map[string]int    // by operation
	disabled bool
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{texts: map[string][]byte{}, calls: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		KeyID          string `json:"KeyId"`
		Plaintext      []byte
		CiphertextBlob []byte
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	s.calls[operation]++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer := map[string]any{"KeyId": "arn:aws:kms:ap-northeast-2:111122223333:key/1", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
	text, known := s.texts[string(request.CiphertextBlob)]
	switch {
	case s.disabled:
		answer = refusal(w, "DisabledException")
	case operation == "Encrypt" && request.KeyID == "alias/moa":
		blob := ulid.Make().String()
		s.texts[blob] = request.Plaintext
		answer["CiphertextBlob"] = []byte(blob)
	case operation == "Encrypt":
		answer = refusal(w, "NotFoundException")
	case operation == "Decrypt" && known:
		answer["Plaintext"] = text
	default:
		answer = refusal(w, "InvalidCiphertextException")
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// refusal begins an answer that says no.
func refusal(w http.ResponseWriter, kind string) map[string]any {
	w.WriteHeader(http.StatusBadRequest)
	return map[string]any{"__type": kind, "message": "no"}
}

func (s *service) disable(disabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disabled = disabled
}

func (s *service) called(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

// keeper returns a keeper with a key of the service.
func (s *service) keeper(t *testing.T, key string) vault.Keeper {
	t.Helper()
	k, err := vault.OpenKeeper(t.Context(), "awskms://"+key+"?region=ap-northeast-2&anonymous=true&endpoint="+url.QueryEscape(s.url))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	return k
}

func TestAServiceIsAskedOnceForAKeyAndProcess(t *testing.T) {
	t.Parallel()
	d, kms := testkit.SQLite(t), newService(t)
	writer, reader := open(d, kms.keeper(t, "alias/moa")), open(d, kms.keeper(t, "alias/moa"))
	for range 20 {
		requireOpens(t, reader, "secret", seal(t, writer, "secret", "message", "1"), "message", "1")
	}
	require.Equal(t, 1, kms.called("Encrypt"))
	require.LessOrEqual(t, kms.called("Decrypt"), 2)
	require.Equal(t, "awskms://alias/moa", dataKeys(t, d)[0].Keeper)
}

func TestAServiceTakesOverFromAConfiguredKey(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		kms := newService(t)
		sealed := seal(t, open(d, local(t, "a")), "secret", "message", "1")
		both := open(d, kms.keeper(t, "alias/moa"), local(t, "a"))
		requireOpens(t, both, "secret", sealed, "message", "1")
		require.Zero(t, kms.called("Decrypt"), "the row names who can")
		_, err := both.Rotate(t.Context())
		require.NoError(t, err)
		requireOpens(t, open(d, kms.keeper(t, "alias/moa")), "secret", sealed, "message", "1")
		require.ErrorIs(t, open(d, local(t, "a")).Unlock(t.Context()), vault.ErrWrongKey)
	})
}

func TestAServiceThatCannotAnswerNowIsNoWrongKey(t *testing.T) {
	t.Parallel()
	d, kms := testkit.SQLite(t), newService(t)
	sealed := seal(t, open(d, kms.keeper(t, "alias/moa")), "secret", "message", "1")
	kms.disable(true)
	v := open(d, kms.keeper(t, "alias/moa"))
	err := v.Unlock(t.Context())
	require.ErrorIs(t, err, fault.Unavailable)
	require.NotErrorIs(t, err, vault.ErrWrongKey)
	_, err = v.Rotate(t.Context())
	require.ErrorIs(t, err, fault.Unavailable)
	require.ErrorContains(t, err, "DisabledException")
	kms.disable(false)
	requireOpens(t, v, "secret", sealed, "message", "1")
	require.Len(t, dataKeys(t, d), 1)
}

func TestAServiceThatDoesNotKnowTheKeySaysSo(t *testing.T) {
	t.Parallel()
	d, kms := testkit.SQLite(t), newService(t)
	_, err := open(d, kms.keeper(t, "alias/other")).Seal(t.Context(), nil, "message", "1")
	require.ErrorContains(t, err, "awskms://alias/other")
	require.ErrorContains(t, err, "NotFoundException")
	require.Empty(t, dataKeys(t, d))
	other := newService(t)
	seal(t, open(d, other.keeper(t, "alias/moa")), "secret", "message", "1")
	require.ErrorIs(t, open(d, kms.keeper(t, "alias/moa")).Unlock(t.Context()), vault.ErrWrongKey)
}

func TestAddressesOfKeepersAreChecked(t *testing.T) {
	t.Parallel()
	for address, mistake := range map[string]string{
		"gcpkms://projects/p":      "choose awskms://",
		"awskms://alias/moa?odd=1": "alias/moa",
		"::":                       "read the address",
	} {
		_, err := vault.OpenKeeper(t.Context(), address)
		require.ErrorContains(t, err, mistake)
	}
}
