package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	openRoom = `mutation($title: String!, $password: String) {
		openCounselRoom(input: {title: $title, password: $password}) { room { id code status hasPassword } userErrors { code } } }`
	joinRoom = `mutation($code: String!, $password: String) {
		joinCounselRoom(input: {code: $code, password: $password}) { room { id status } userErrors { code } } }`
	leaveRoom  = `mutation($room: ID!) { leaveCounselRoom(input: {roomId: $room}) { room { status } userErrors { code } } }`
	sendToRoom = `mutation($room: ID!, $kind: RoomSignalKind!, $payload: JSON!) {
		sendRoomSignal(input: {roomId: $room, kind: $kind, payload: $payload}) { room { id } userErrors { code } } }`
	watchRoom = `subscription($room: ID!, $after: Cursor) {
		counselRoom(roomId: $room, after: $after) { cursor reset kind signal from { id } payload } }`
)

// talk opens a room with a password as its host and lets its guest in.
func talk(t testing.TB, host, guest client) (roomID string) {
	t.Helper()
	opened := host.must(t, openRoom, map[string]any{"title": "상담", "password": "열려라 참깨"})
	require.Equal(t, "OPEN", opened.get(t, "openCounselRoom.room.status"))
	joined := guest.must(t, joinRoom, map[string]any{"code": opened.get(t, "openCounselRoom.room.code"), "password": "열려라 참깨"})
	require.Equal(t, "FULL", joined.get(t, "joinCounselRoom.room.status"))
	return joined.get(t, "joinCounselRoom.room.id").(string)
}

// tell sends a signal; it may be called in any goroutine.
func (c client) tell(roomID, kind string, payload any) error {
	body, err := json.Marshal(map[string]any{
		"query": sendToRoom, "variables": map[string]any{"room": roomID, "kind": kind, "payload": payload},
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, c.url+"/graphql", bytes.NewReader(body)) //nolint:noctx // ends with Moa
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	var a answer
	err = errors.Join(json.NewDecoder(response.Body).Decode(&a), response.Body.Close())
	if err == nil && (len(a.Errors) > 0 || bytes.Contains(a.Data, []byte(`"userErrors":[{`))) {
		err = fmt.Errorf("%s was refused: %s %+v", kind, a.Data, a.Errors)
	}
	return err
}

// roomEvent is what a log of a room tells.
type roomEvent struct {
	Cursor  string
	Reset   bool
	Kind    string
	Signal  string
	From    struct{ ID string }
	Payload json.RawMessage
}

// event returns what the log of a room tells next.
func (s stream) event(t testing.TB) roomEvent {
	t.Helper()
	a := s.next(t)
	require.Empty(t, a.Errors)
	var data struct{ CounselRoom roomEvent }
	require.NoError(t, json.Unmarshal(a.Data, &data))
	return data.CounselRoom
}

// Both ask the same document with the same variables, and each hears the other.
func TestEachMemberOfARoomHearsTheOther(t *testing.T) {
	t.Parallel()
	m := start(t)
	host, guest := m.as(t, "counselor"), m.as(t, "user")
	roomID := talk(t, host, guest)
	hostLog := host.subscribe(t, watchRoom, map[string]any{"room": roomID})
	defer hostLog.close(t)
	guestLog := guest.subscribe(t, watchRoom, map[string]any{"room": roomID})
	for _, log := range []stream{hostLog, guestLog} {
		require.Equal(t, "JOINED", log.event(t).Kind)
	}
	require.NoError(t, host.tell(roomID, "MEDIA_STATE", map[string]any{"microphone": true, "camera": false}))
	require.NoError(t, guest.tell(roomID, "CARDS", map[string]any{"cards": []int{1, 77}}))
	toGuest, toHost := guestLog.event(t), hostLog.event(t)
	require.Equal(t, "MEDIA_STATE", toGuest.Signal)
	require.JSONEq(t, `{"microphone": true, "camera": false}`, string(toGuest.Payload))
	require.Equal(t, "CARDS", toHost.Signal)
	require.JSONEq(t, `{"cards": [1, 77]}`, string(toHost.Payload))

	// A link that was cut goes on where it was.
	guestLog.close(t)
	require.NoError(t, host.tell(roomID, "CANDIDATE", map[string]any{"n": 1}))
	guestLog = guest.subscribe(t, watchRoom, map[string]any{"room": roomID, "after": toGuest.Cursor})
	defer guestLog.close(t)
	require.JSONEq(t, `{"n": 1}`, string(guestLog.event(t).Payload))

	host.must(t, leaveRoom, map[string]any{"room": roomID})
	for _, log := range []stream{hostLog, guestLog} {
		require.Equal(t, "CLOSED", log.event(t).Kind)
		require.Equal(t, "complete", log.read(t).Type)
	}
}

func TestNobodyElseReadsASignal(t *testing.T) {
	t.Parallel()
	m := start(t)
	host, guest := m.as(t, "counselor"), m.as(t, "user")
	roomID := talk(t, host, guest)
	require.NoError(t, host.tell(roomID, "OFFER", map[string]any{"sdp": "secret"}))
	hostLog := host.subscribe(t, watchRoom, map[string]any{"room": roomID})
	defer hostLog.close(t)
	at := hostLog.event(t).Cursor
	for _, name := range []string{"sora", "admin", "owner"} {
		stranger := m.as(t, name)
		for _, after := range []any{nil, at} {
			log := stranger.subscribe(t, watchRoom, map[string]any{"room": roomID, "after": after})
			refused := log.next(t)
			require.NotEmpty(t, refused.Errors)
			require.Equal(t, "COUNSEL_ROOM_NOT_MEMBER", refused.Errors[0].Extensions["reason"])
			log.close(t)
		}
		require.ErrorContains(t, stranger.tell(roomID, "OFFER", map[string]any{}), "COUNSEL_ROOM_NOT_MEMBER")
		looked := stranger.must(t, `query($room: ID!) { counselRoom(id: $room) { id code } }`, map[string]any{"room": roomID})
		require.Nil(t, looked.get(t, "counselRoom"))
	}
}
