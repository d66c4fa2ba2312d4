package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/demo"
)

// TestSigningInAnswersWhoSignedIn holds that what only the user may see is in the answer to signing in, and
// in nobody else's.
func TestSigningInAnswersWhoSignedIn(t *testing.T) {
	t.Parallel()
	m := start(t)
	const signIn = `mutation { signIn(input: {email: "owner@moa.example", password: "` + demo.Password + `"}) {
		session { user { email claims(first: 1) { pageInfo { hasNextPage } } stores(first: 1) { edges { node { name } } } } } userErrors { code } } }`
	a := m.guest().must(t, signIn, nil)
	require.Equal(t, "owner@moa.example", a.get(t, "signIn.session.user.email"))
	require.NotNil(t, a.get(t, "signIn.session.user.claims"))
	require.Nil(t, m.guest().must(t, `{ viewer { id } }`, nil).get(t, "viewer"))

	// On one socket, an operation that signs in changes nothing for the others.
	s := m.guest().subscribe(t, signIn, nil)
	require.Equal(t, "owner@moa.example", s.next(t).get(t, "signIn.session.user.email"))
	require.Equal(t, "complete", s.read(t).Type)
	s.send(t, message{ID: "2", Type: "subscribe", Payload: marshal(t, map[string]any{"query": `{ viewer { id } }`})})
	require.Nil(t, s.next(t).get(t, "viewer"))
	s.close(t)
}

// TestTokensThatRanOutCanBeRenewed holds that a client with a refused token learns so, and can still get a
// new one.
func TestTokensThatRanOutCanBeRenewed(t *testing.T) {
	t.Parallel()
	m := start(t)
	stale := client{moa: m, token: "not.a.token"}
	require.Equal(t, "UNAUTHENTICATED", stale.do(t, `{ viewer { id } }`, nil).code())
	require.Equal(t, "UNAUTHENTICATED", stale.do(t, `{ stores(first: 1) { edges { cursor } } }`, nil).code())
	a := stale.do(t, `mutation { refreshSession(input: {refreshToken: "x"}) { session { accessToken } userErrors { code } } }`, nil)
	require.Empty(t, a.Errors)
	require.Equal(t, "ACCOUNT_REFRESH_TOKEN_INVALID", a.get(t, "refreshSession.userErrors.0.code"))
}
