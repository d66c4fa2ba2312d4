package ga4_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
)

func TestEachStoreAsksAsItself(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)))
	server.Accept("token-of-store-3")
	second, err := ga4.ServiceAccount(server.Account("store-2"))
	require.NoError(t, err)
	third := ga4.Tokens(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token-of-store-3"}))
	for _, as := range []*ga4.Client{client, client.As(second), client.As(third), client, client.As(second)} {
		_, _, err := all(t.Context(), as, sessions())
		require.NoError(t, err)
	}
	require.Equal(t, 2, server.Granted(), "a token serves until it expires")
	asked := server.Requests()
	require.Equal(t, asked[0].Token, asked[3].Token)
	require.Equal(t, asked[1].Token, asked[4].Token)
	require.NotEqual(t, asked[0].Token, asked[1].Token)
	require.Equal(t, "token-of-store-3", asked[2].Token)
}

func TestARevokedTokenIsNotUsedTwice(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)))
	_, _, err := all(t.Context(), client, sessions())
	require.NoError(t, err)
	server.Revoke()
	_, _, err = all(t.Context(), client, sessions())
	require.ErrorIs(t, err, ga4.ErrCredentials)
	_, _, err = all(t.Context(), client, sessions())
	require.NoError(t, err)
}

func TestAPersonsConsentIsReadUntilItIsWithdrawn(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)))
	person, err := ga4.Read(server.Person())
	require.NoError(t, err)
	require.Empty(t, person.Email())
	for range 2 {
		_, _, err = all(t.Context(), client.As(person), sessions())
		require.NoError(t, err)
	}
	require.Equal(t, 1, server.Granted(), "a token serves until it expires")
	server.Withdraw()
	for range 2 {
		_, _, err = all(t.Context(), client.As(person), sessions())
		require.ErrorIs(t, err, ga4.ErrCredentials)
		require.NotContains(t, err.Error(), "1//")
	}
}

func TestAFileSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	server := ga4test.Start(t, ga4test.Always(days(1)))
	account, err := ga4.Read(server.Account("store-1"))
	require.NoError(t, err)
	require.Equal(t, ga4test.Email, account.Email())
	for _, file := range []string{`secret`, `"secret"`, `{"type":"secret"}`, `{"type":"authorized_user","refresh_token":"secret"}`} {
		_, err := ga4.Read([]byte(file))
		require.Error(t, err, file)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestTheTokenEndpointIsBelieved(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)), func(o *ga4.Options) { o.Attempts = 2 })
	for status, kind := range map[int]error{400: ga4.ErrCredentials, 401: ga4.ErrCredentials, 429: ga4.ErrUnavailable, 503: ga4.ErrUnavailable} {
		server.FailTokens(status)
		_, _, err := all(t.Context(), client, sessions())
		require.ErrorIs(t, err, kind, status)
		require.NotContains(t, err.Error(), "eyJ", "the assertion that it repeats")
	}
	server.FailTokens(0)
	_, _, err := all(t.Context(), client, sessions())
	require.NoError(t, err)
}

func TestWhoLeavesDoesNotWaitForAToken(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // so that the server sees the client leave
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(endpoint.Close)
	server, client := setup(t, ga4test.Always(days(1)), func(o *ga4.Options) { o.TokenURL = endpoint.URL })
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() {
			_, _, err := all(ctx, client, sessions())
			ended <- err
		}()
	}
	<-asked
	leave()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Empty(t, server.Requests())
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	server, client := setup(t, ga4test.Always(days(1)))
	account := server.Account("store-1")
	credential, err := ga4.ServiceAccount(account)
	require.NoError(t, err)
	_, _, err = all(t.Context(), client, sessions())
	require.NoError(t, err)
	token := server.Requests()[0].Token
	var key struct {
		PrivateKey string `json:"private_key"`
	}
	require.NoError(t, json.Unmarshal(account, &key))
	line := strings.Split(key.PrivateKey, "\n")[1]
	var printed strings.Builder
	for _, v := range []any{credential, &credential, struct{ C ga4.Credential }{credential}, struct{ c ga4.Credential }{credential}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
	}
	fmt.Fprintf(&printed, "%v %+v", client, client)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("kept", "credential", credential)
	slog.New(slog.NewTextHandler(&log, nil)).Info("kept", "credential", credential)
	marshalled, err := json.Marshal(credential)
	require.NoError(t, err)
	for _, hidden := range []string{line, token, ga4test.Email} {
		require.NotContains(t, printed.String()+log.String()+string(marshalled), hidden)
	}
}

func TestWhatIsNoServiceAccountIsSaidWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for file, words := range map[string]string{
		`secret`:                     "no JSON",
		`{"type":"authorized_user"}`: "no service account",
		`{"type":"service_account"}`: "no service account",
		`{"type":"service_account","client_email":"a@b","private_key":"secret"}`:                                                             "no RSA key",
		`{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"}`: "no RSA key",
	} {
		_, err := ga4.ServiceAccount([]byte(file))
		require.ErrorContains(t, err, words)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestTokensDoNotTravelInTheClear(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"http://analytics.example", "ftp://127.0.0.1", "https://", "https://user:secret@analytics.example", "https://a b"} {
		_, err := ga4.New(ga4.Options{URL: wrong})
		require.Error(t, err, wrong)
		require.NotContains(t, err.Error(), "secret")
		_, err = ga4.New(ga4.Options{TokenURL: wrong})
		require.Error(t, err, wrong)
	}
	client, err := ga4.New(ga4.Options{})
	require.NoError(t, err, "Google's own need no options")
	require.NoError(t, client.Close())
}
