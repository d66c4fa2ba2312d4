package room

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the scheme of coturn asks for it; as an HMAC it is sound
	"encoding/base64"
	"strconv"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// defaultTTL is how long TURN credentials are good: they begin a call, and a call that has begun goes on.
const defaultTTL = 10 * time.Minute

// ICE says which servers help peers to find each other (RFC 8445).
type ICE struct {
	// STUN are addresses such as stun:stun.example:3478; they need no credentials.
	STUN []string
	// TURN are addresses such as turn:turn.example:3478?transport=udp.
	TURN []string
	// Secret is the static-auth-secret that Moa shares with the TURN servers.
	Secret string
	// TTL is how long credentials are good. Defaults to 10 minutes.
	TTL time.Duration
}

// IceServers returns the STUN and TURN servers to a member of an open room, with credentials of the member's
// own; nothing to anybody else.
func (s *Service) IceServers(ctx context.Context, row *ent.CounselRoom) []*IceServer {
	servers := []*IceServer{}
	v := viewer.From(ctx)
	if v.IsGuest() || row.ClosedAt != nil || !isMember(row, v.ID) {
		return servers
	}
	ice := s.deps.ICE
	if len(ice.STUN) > 0 {
		servers = append(servers, &IceServer{URLs: ice.STUN})
	}
	if len(ice.TURN) > 0 {
		expires := s.now().Add(ice.TTL).Truncate(time.Second)
		username, credential := ice.sign(v.ID, expires)
		servers = append(servers, &IceServer{URLs: ice.TURN, Username: &username, Credential: &credential, ExpiresAt: &expires})
	}
	return servers
}

// sign returns credentials of a user that are good until then, as coturn checks them with use-auth-secret
// (draft-uberti-behave-turn-rest-00 §2.2): the user name is the Unix time and the user, and the password is the
// Base64 of its HMAC-SHA1 under the secret.
func (i ICE) sign(userID string, until time.Time) (username, credential string) {
	username = strconv.FormatInt(until.Unix(), 10) + ":" + userID
	mac := hmac.New(sha1.New, []byte(i.Secret))
	mac.Write([]byte(username))
	return username, base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
