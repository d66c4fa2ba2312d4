package viewer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

func TestRolesAdmitWhatTheySay(t *testing.T) {
	t.Parallel()
	roles := []user.Role{user.RoleUSER, user.RoleOWNER, user.RoleCOUNSELOR, user.RoleADMIN}
	for _, asked := range roles {
		require.False(t, viewer.Viewer{}.Has(asked), "a guest has no role")
		for _, role := range roles {
			who := viewer.Viewer{ID: "usr_1", Role: role}
			want := asked == user.RoleUSER || asked == role || role == user.RoleADMIN
			require.Equal(t, want, who.Has(asked), "%s asks for what %s may", role, asked)
		}
	}
}

func TestGuestsAreUnauthenticated(t *testing.T) {
	t.Parallel()
	_, err := viewer.Require(t.Context())
	require.ErrorIs(t, err, fault.Unauthenticated)
	who, err := viewer.Require(viewer.With(t.Context(), viewer.Viewer{ID: "usr_1"}))
	require.NoError(t, err)
	require.Equal(t, "usr_1", who.ID)
}

func TestBecomeHoldsForTheOperationAlone(t *testing.T) {
	t.Parallel()
	socket := viewer.With(t.Context(), viewer.Viewer{})
	operation := viewer.With(socket, viewer.From(socket))
	deeper := context.WithValue(operation, struct{ name string }{"deeper"}, true)
	viewer.Become(deeper, viewer.Viewer{ID: "usr_1"})
	require.Equal(t, "usr_1", viewer.From(operation).ID)
	require.True(t, viewer.From(socket).IsGuest())
	viewer.Become(t.Context(), viewer.Viewer{ID: "usr_1"}) // nobody asks here: nothing happens
	require.True(t, viewer.From(t.Context()).IsGuest())
}

func TestAskingIsNoticed(t *testing.T) {
	t.Parallel()
	ctx, reads := viewer.Observe(viewer.With(t.Context(), viewer.Viewer{ID: "usr_1"}))
	viewer.Language(ctx)
	viewer.Address(ctx)
	require.False(t, reads.Viewer())
	deeper, cancel := context.WithCancel(ctx)
	defer cancel()
	viewer.From(deeper)
	require.True(t, reads.Viewer())
}

func TestLanguageAndAddress(t *testing.T) {
	t.Parallel()
	require.Equal(t, language.English, viewer.Language(t.Context()))
	require.Equal(t, language.Korean, viewer.Language(viewer.WithLanguage(t.Context(), language.Korean)))
	require.Empty(t, viewer.Address(t.Context()))
	require.Equal(t, "192.0.2.1", viewer.Address(viewer.WithAddress(t.Context(), "192.0.2.1")))
}

func TestAnAddressStandsForWhoeverHasTheNetwork(t *testing.T) {
	t.Parallel()
	for address, network := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:0:1:aaaa::1": "2001:db8:0:1::/64",
		"2001:db8:0:1:bbbb::2": "2001:db8:0:1::/64",
		"fe80::1%eth0":         "fe80::/64",
		"127.0.0.1":            "",
		"::1":                  "",
		"::ffff:127.0.0.1":     "",
		"":                     "",
		"@":                    "",
	} {
		got, known := viewer.Network(address)
		require.Equal(t, network, got, address)
		require.Equal(t, network != "", known, address)
	}
}
