package room

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/throttle"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

const (
	// maxSignal is how many bytes a signal has at most. A session description of a call has a few thousand.
	maxSignal = 64 << 10
	// largeSignal is from how many bytes on a signal is counted as large, too.
	largeSignal = 4 << 10
)

// Send hands a signal to the other side of a room, whose log tells it once. While nobody is there nobody hears
// it. It is nowhere written down: the log forgets it after a while. Faults: [ErrNotFound], also for a room that
// is closed, [ErrNotMember], [ErrSignalInvalid]; fault.RateLimited, fault.Unavailable.
func (s *Service) Send(ctx context.Context, input SignalInput) (*ent.CounselRoom, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !isObject(input.Payload) {
		return nil, ErrSignalInvalid.At("payload")
	}
	row, err := s.member(ctx, input.RoomID, v.ID)
	if err != nil {
		return nil, at(err, "roomId")
	}
	if row.ClosedAt != nil {
		return nil, ErrNotFound.At("roomId")
	}
	counts := []throttle.Attempt{{Key: "signal:" + v.ID, Limit: s.deps.Limits.Signal}}
	if len(input.Payload) > largeSignal {
		counts = append(counts, throttle.Attempt{Key: "large-signal:" + v.ID, Limit: s.deps.Limits.LargeSignal})
	}
	if err := s.attempts.Count(ctx, fault.RateLimited, counts...); err != nil {
		return nil, err
	}
	toID, there := otherSide(row, v.ID)
	if !there {
		return row, nil
	}
	payload, err := json.Marshal(facts{Kind: EventSignal, FromID: v.ID, ToID: toID, Signal: input.Kind, Payload: input.Payload})
	if err != nil {
		return nil, fmt.Errorf("write a signal: %w", err)
	}
	// The id makes it once, however often the bus has to try.
	err = s.deps.Bus.Append(ctx, TopicRoom, bus.Message{ID: ulid.Make().String(), Key: row.ID, Payload: payload})
	if err != nil {
		return nil, fault.Unavailable.Wrap(fmt.Errorf("send a signal: %w", err))
	}
	return row, nil
}

// otherSide returns who is in a room beside a member; false for nobody.
func otherSide(row *ent.CounselRoom, userID string) (id string, there bool) {
	switch {
	case row.HostID != userID:
		return row.HostID, true
	case row.GuestID != nil:
		return *row.GuestID, true
	}
	return "", false
}

// isObject reports whether a payload is a JSON object that is small enough.
func isObject(payload json.RawMessage) bool {
	return len(payload) <= maxSignal && bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{")) && json.Valid(payload)
}
