package server_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const publicPage = `{ stores(first: 5) { edges { node { id name followerCount owner { id name } coupons(first: 3) { edges { node { id title remaining status store { name } } } } } } } }`

// kept reports whether an answer was a kept one.
func kept(t testing.TB, c client, query string, variables map[string]any) (hit bool, data string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	a := c.post(t, body)
	require.Empty(t, a.Errors, query)
	return a.Extensions.Cache.Hit, string(a.Data)
}

func TestTheSecondAnswerIsKept(t *testing.T) {
	t.Parallel()
	m := start(t)
	hit, first := kept(t, m.guest(), publicPage, nil)
	require.False(t, hit)
	hit, second := kept(t, m.guest(), publicPage, nil)
	require.True(t, hit)
	require.Equal(t, first, second)
}
