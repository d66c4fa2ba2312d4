package room

import (
	"context"
	"encoding/json"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
)

const (
	// TopicRoom is the log of what happens in rooms, under the room's id. Who joins, leaves and closes is an
	// event; signals are appended as they come and are no rows.
	TopicRoom = "counsel.room"
	// TopicDesk tells that a room on a counsellor's desk has changed, under the counsellor's id.
	TopicDesk = "counsel.desk_changed"
)

// facts are what the log of a room carries. They hold network addresses of people: never log them.
type facts struct {
	Kind EventKind `json:"kind"`
	// FromID is the user who did it. Who joins and leaves is the guest.
	FromID string `json:"fromId"`
	// ToID is the user whom a signal is for; nobody else gets it.
	ToID    string          `json:"toId,omitempty"`
	Signal  SignalKind      `json:"signal,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// tell records what has happened in a room, for its members and for the desk of its host.
func (s *Service) tell(ctx context.Context, tx *db.Tx, row *ent.CounselRoom, kind EventKind, fromID string) error {
	return s.deps.Events.Record(ctx, tx,
		event.New{Topic: TopicRoom, Key: row.ID, Subject: row.ID, Payload: facts{Kind: kind, FromID: fromID}},
		deskChanged(row))
}

// deskChanged is the news that a room on its host's desk has changed.
func deskChanged(row *ent.CounselRoom) event.New {
	return event.New{Topic: TopicDesk, Key: row.HostID, Subject: row.ID, Payload: map[string]any{"roomId": row.ID}}
}

// sessionChanged is the news that a session stands elsewhere, for whoever watches it and for every desk.
func sessionChanged(row *ent.CounselSession) event.New {
	return event.New{
		Topic: counsel.TopicChanged, Key: row.ID, Subject: row.ID, Payload: map[string]any{"sessionId": row.ID},
	}
}

// place returns the end of the log of rooms: the log of whoever joins now begins there, so that nothing is lost
// between joining and listening.
func (s *Service) place(ctx context.Context) (string, error) {
	ctx, trail := bus.Track(ctx)
	reader, err := s.deps.Bus.Follow(ctx, TopicRoom, "", nobody...)
	if err != nil {
		return "", err
	}
	defer reader.Close()
	cursor, _ := trail.Start()
	return cursor, nil
}

// nobody are the keys of a reader that gets no entries.
var nobody = []string{}
