package room_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// The credential was computed by another program:
//
//	printf '1700000600:usr_01HF7YAT000000000000000000' |
//	  openssl dgst -sha1 -hmac a-secret-that-coturn-knows -binary | base64
func TestCredentialsAreThoseThatCoturnExpects(t *testing.T) {
	t.Parallel()
	s := room.New(room.Deps{
		Now: func() time.Time { return time.Unix(1700000000, 987654321) },
		ICE: room.ICE{
			STUN: []string{"stun:stun.moa.example:3478"}, TURN: []string{"turn:turn.moa.example:3478?transport=udp", "turns:turn.moa.example:5349"},
			Secret: "a-secret-that-coturn-knows",
		},
	})
	host := "usr_01HF7YAT000000000000000000"
	servers := s.IceServers(asID(t, host), &ent.CounselRoom{HostID: host})
	require.Len(t, servers, 2)

	require.Equal(t, []string{"stun:stun.moa.example:3478"}, servers[0].URLs)
	require.Nil(t, servers[0].Username)
	require.Nil(t, servers[0].Credential)
	require.Nil(t, servers[0].ExpiresAt)

	require.Equal(t, []string{"turn:turn.moa.example:3478?transport=udp", "turns:turn.moa.example:5349"}, servers[1].URLs)
	require.Equal(t, "1700000600:usr_01HF7YAT000000000000000000", *servers[1].Username)
	require.Equal(t, "Yj95xCNeQ8M1NAhk3Xgfr3v70CY=", *servers[1].Credential)
	require.Equal(t, int64(1700000600), servers[1].ExpiresAt.Unix())
}

func TestOnlyMembersOfAnOpenRoomGetServers(t *testing.T) {
	t.Parallel()
	ice := room.ICE{STUN: []string{"stun:stun.moa.example"}, TURN: []string{"turn:turn.moa.example"}, Secret: "secret"}
	s := room.New(room.Deps{ICE: ice})
	guest, now := "usr_guest", time.Now()
	open := &ent.CounselRoom{HostID: "usr_host", GuestID: &guest}
	closed := &ent.CounselRoom{HostID: "usr_host", GuestID: &guest, ClosedAt: &now}

	require.Len(t, s.IceServers(asID(t, "usr_host"), open), 2)
	require.Len(t, s.IceServers(asID(t, "usr_guest"), open), 2)
	require.Empty(t, s.IceServers(asID(t, "usr_other"), open))
	require.Empty(t, s.IceServers(context.Background(), open))
	require.Empty(t, s.IceServers(asID(t, "usr_host"), closed))
	require.Empty(t, room.New(room.Deps{}).IceServers(asID(t, "usr_host"), open), "none are set")
}

func asID(t *testing.T, id string) context.Context {
	return viewer.With(t.Context(), viewer.Viewer{ID: id})
}
