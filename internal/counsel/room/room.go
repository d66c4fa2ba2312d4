// Package room is where an expert and a client talk: rooms with room for two, the signals by which their
// browsers find each other (WebRTC), and the desk at which experts find clients who wait. Media never come by
// here.
package room

import (
	"encoding/json"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Why a change of a room can be refused.
var (
	ErrNotFound        = fault.Business("COUNSEL_ROOM_NOT_FOUND")
	ErrFull            = fault.Business("COUNSEL_ROOM_FULL")
	ErrNotMember       = fault.Business("COUNSEL_ROOM_NOT_MEMBER")
	ErrPasswordWrong   = fault.Business("COUNSEL_ROOM_PASSWORD_WRONG")
	ErrPasswordInvalid = fault.Business("COUNSEL_ROOM_PASSWORD_INVALID")
	ErrTitleInvalid    = fault.Business("COUNSEL_ROOM_TITLE_INVALID")
	ErrThrottled       = fault.Business("COUNSEL_ROOM_THROTTLED")
	ErrSignalInvalid   = fault.Business("COUNSEL_SIGNAL_INVALID")
	ErrRatingInvalid   = fault.Business("COUNSEL_ROOM_RATING_INVALID")
	ErrSessionNotFound = fault.Business("COUNSEL_ROOM_SESSION_NOT_FOUND")
	ErrNotWaiting      = fault.Business("COUNSEL_SESSION_NOT_WAITING")
)

// Status says where a room stands.
type Status string

// Where a room can stand.
const (
	StatusOpen   Status = "OPEN"
	StatusFull   Status = "FULL"
	StatusClosed Status = "CLOSED"
)

// StatusOf returns where a room stands.
func StatusOf(r *ent.CounselRoom) Status {
	switch {
	case r.ClosedAt != nil:
		return StatusClosed
	case r.GuestID != nil:
		return StatusFull
	}
	return StatusOpen
}

// OpenInput describes a new room.
type OpenInput struct {
	Title    string
	Password *string
}

// JoinInput says which room to join.
type JoinInput struct {
	Code     string
	Password *string
}

// SignalKind says what two peers tell each other.
type SignalKind string

// What two peers can tell each other.
const (
	SignalOffer      SignalKind = "OFFER"
	SignalAnswer     SignalKind = "ANSWER"
	SignalCandidate  SignalKind = "CANDIDATE"
	SignalMediaState SignalKind = "MEDIA_STATE"
	SignalCards      SignalKind = "CARDS"
)

// SignalInput is a signal to the other side.
type SignalInput struct {
	RoomID  string
	Kind    SignalKind
	Payload json.RawMessage
}

// EventKind says what happens in a room.
type EventKind string

// What can happen in a room.
const (
	EventJoined EventKind = "JOINED"
	EventLeft   EventKind = "LEFT"
	EventSignal EventKind = "SIGNAL"
	EventClosed EventKind = "CLOSED"
)

// Event is something that happens in a room. FromID is the user who did it.
type Event struct {
	Cursor  string
	Reset   bool
	Kind    *EventKind
	Signal  *SignalKind
	FromID  *string
	Payload json.RawMessage
}

// IceServer is a STUN or TURN server (W3C WebRTC, RTCIceServer).
type IceServer struct {
	URLs       []string
	Username   *string
	Credential *string
	ExpiresAt  *time.Time
}

// Desk is what an expert has to do.
type Desk struct {
	Waiting []*Waiting
	Rooms   []*ent.CounselRoom
}

// Waiting is a client who waits for an expert.
type Waiting struct {
	SessionID string
	Name      string
	Since     time.Time
	Topics    []insight.Topic
	Crisis    bool
}
