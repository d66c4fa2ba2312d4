package trino_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/client/trino/trinotest"
)

const password = "correct-horse"

func TestEachStoreAsksAsItself(t *testing.T) {
	t.Parallel()
	server := trinotest.StartTLS(t, func(s trinotest.Statement) trinotest.Answer {
		if s.Password != password && s.Token != password {
			return trinotest.Answer{Status: 401}
		}
		return numbers(3, 1)
	})
	client, err := trino.New(trino.Options{URL: server.URL, HTTP: server.Client(), Attempts: 1})
	require.NoError(t, err)
	for _, credential := range []trino.Credential{trino.Basic("store-1", password), trino.Bearer("store-2", password)} {
		_, rows, err := all(t.Context(), client.As(credential), "SELECT n")
		require.NoError(t, err)
		require.Len(t, rows, 3)
	}
	require.Empty(t, server.Refused, "every page is asked for by who asked the statement")
	asked := server.Statements()
	require.Equal(t, []string{"store-1", "store-2"}, []string{asked[0].User, asked[1].User})

	_, _, err = all(t.Context(), client, "SELECT n")
	require.ErrorIs(t, err, trino.ErrCredentials, "nobody's credential is kept")
	_, _, err = all(t.Context(), client.As(trino.Basic("store-1", "wrong-"+password)), "SELECT n")
	require.ErrorIs(t, err, trino.ErrCredentials)
	require.NotContains(t, err.Error(), password)
	require.NotContains(t, err.Error(), "Basic", "the server's words are not repeated")
}

func TestTheURLNamesWhoAsks(t *testing.T) {
	t.Parallel()
	server, client := setup(t, trinotest.Always(numbers(3, 1)))
	_, _, err := all(t.Context(), client.As(trino.User("moa")), "SELECT n")
	require.NoError(t, err)
	require.Equal(t, "moa", server.Statements()[0].User)
	require.Empty(t, server.Refused)
}

func TestSecretsDoNotTravelInTheClear(t *testing.T) {
	t.Parallel()
	_, err := trino.New(trino.Options{URL: "http://moa:" + password + "@127.0.0.1:1"})
	require.ErrorIs(t, err, trino.ErrCredentials)
	server, client := setup(t, trinotest.Always(trinotest.Answer{}))
	for _, credential := range []trino.Credential{trino.Basic("moa", password), trino.Bearer("moa", password)} {
		_, _, err = all(t.Context(), client.As(credential), "SELECT 1")
		require.ErrorIs(t, err, trino.ErrCredentials)
		_, err = client.As(credential).Check(t.Context())
		require.ErrorIs(t, err, trino.ErrCredentials)
	}
	require.Empty(t, server.Statements())
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	options := trino.Options{URL: "https://moa:" + password + "@trino.example?catalog=lake"}
	client, err := trino.New(options)
	require.NoError(t, err)
	for _, v := range []any{options, &options, client, *client, trino.Basic("moa", password), struct{ C trino.Credential }{trino.Bearer("moa", password)}, struct{ c trino.Credential }{trino.Bearer("moa", password)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			require.NotContains(t, fmt.Sprintf(verb, v), password)
			require.NotContains(t, fmt.Sprintf(verb, v), fmt.Sprintf("%x", password))
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("kept", "credential", trino.Basic("moa", password))
	slog.New(slog.NewTextHandler(&log, nil)).Info("kept", "credential", trino.Basic("moa", password), "options", options)
	marshalled, err := json.Marshal(trino.Basic("moa", password))
	require.NoError(t, err)
	require.NotContains(t, log.String()+string(marshalled), password)
}

func TestAMistakeInTheURLIsSaidWithoutTheURL(t *testing.T) {
	t.Parallel()
	for text, words := range map[string]string{
		"https://moa:" + password + "@tri no.example":                                "is not http(s)",
		"ftp://moa:" + password + "@trino.example":                                   "is not http(s)",
		"moa:" + password + "@trino.example":                                         "is not http(s)",
		"https://moa:" + password + "@trino.example/lake":                            "a path",
		"https://moa:" + password + "@trino.example?accessToken=" + password:         `"accessToken"`,
		"https://moa:" + password + "@trino.example?timezone=Nowhere/Town":           "parameters are refused",
		"https://moa:" + password + "@trino.example?session_properties=nothing":      "session property",
		"https://moa:" + password + "@trino.example?explicitPrepare=perhaps":         "explicitPrepare",
		"https://moa:" + password + "@trino.example?extra_credentials=x:" + password: `"extra_credentials"`,
	} {
		_, err := trino.New(trino.Options{URL: text})
		require.ErrorContains(t, err, words, text)
		require.NotContains(t, err.Error(), password)
	}
}

func TestCheckTellsTheVersion(t *testing.T) {
	t.Parallel()
	_, client := setup(t, trinotest.Always(trinotest.Answer{}))
	said, err := client.Check(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Trino 476", said)
}
