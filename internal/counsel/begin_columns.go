package counsel

import (
	"encoding/json"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
)

// What is written of new rows, where the rest is as the database has it by itself, and of sessions that stand
// elsewhere.
var (
	sessionColumns = []db.Column[*ent.CounselSession]{
		db.Col("id", func(s *ent.CounselSession) string { return s.ID }),
		db.Col("created_at", func(s *ent.CounselSession) time.Time { return s.CreatedAt }),
		db.Col("user_id", func(s *ent.CounselSession) *string { return s.UserID }),
		db.Col("guest_id", func(s *ent.CounselSession) *string { return s.GuestID }),
		db.Col("kind", func(s *ent.CounselSession) string { return string(s.Kind) }),
		db.Col("status", func(s *ent.CounselSession) string { return string(s.Status) }),
		db.Col("title", func(s *ent.CounselSession) []byte { return s.Title }),
		db.Col("language", func(s *ent.CounselSession) string { return s.Language }),
		db.Col("turn", func(s *ent.CounselSession) int { return s.Turn }),
		db.Col("messages_count", func(s *ent.CounselSession) int { return s.MessagesCount }),
		db.Col("crisis_at", func(s *ent.CounselSession) *time.Time { return s.CrisisAt }),
		db.Col("waiting_since", func(s *ent.CounselSession) *time.Time { return s.WaitingSince }),
		db.Col("history_shared", func(s *ent.CounselSession) bool { return s.HistoryShared }),
		db.Col("updated_at", func(s *ent.CounselSession) time.Time { return s.UpdatedAt }),
	}
	movedColumns = []db.Column[*ent.CounselSession]{
		db.Col("id", func(s *ent.CounselSession) string { return s.ID }),
		db.Col("status", func(s *ent.CounselSession) string { return string(s.Status) }),
		db.Col("turn", func(s *ent.CounselSession) int { return s.Turn }),
		db.Col("messages_count", func(s *ent.CounselSession) int { return s.MessagesCount }),
		db.Col("crisis_at", func(s *ent.CounselSession) *time.Time { return s.CrisisAt }),
		db.Col("updated_at", func(s *ent.CounselSession) time.Time { return s.UpdatedAt }),
	}
	drawColumns = []db.Column[*ent.CounselDraw]{
		db.Col("id", func(d *ent.CounselDraw) string { return d.ID }),
		db.Col("created_at", func(d *ent.CounselDraw) time.Time { return d.CreatedAt }),
		db.Col("session_id", func(d *ent.CounselDraw) string { return d.SessionID }),
		db.Col("turn", func(d *ent.CounselDraw) int { return d.Turn }),
		db.Col("number", func(d *ent.CounselDraw) int { return d.Number }),
		db.Col("position", func(d *ent.CounselDraw) int { return d.Position }),
		db.Col("card", func(d *ent.CounselDraw) int { return d.Card }),
		db.Col("reversed", func(d *ent.CounselDraw) bool { return d.Reversed }),
	}
	messageColumns = []db.Column[*ent.CounselMessage]{
		db.Col("id", func(m *ent.CounselMessage) string { return m.ID }),
		db.Col("created_at", func(m *ent.CounselMessage) time.Time { return m.CreatedAt }),
		db.Col("session_id", func(m *ent.CounselMessage) string { return m.SessionID }),
		db.Col("number", func(m *ent.CounselMessage) int { return m.Number }),
		db.Col("turn", func(m *ent.CounselMessage) int { return m.Turn }),
		db.Col("author", func(m *ent.CounselMessage) string { return string(m.Author) }),
		db.Col("status", func(m *ent.CounselMessage) string { return string(m.Status) }),
		db.Col("body", func(m *ent.CounselMessage) []byte { return m.Body }),
		db.Col("crisis", func(m *ent.CounselMessage) bool { return m.Crisis }),
		db.Col("emotions", func(m *ent.CounselMessage) json.RawMessage { return list(m.Emotions) }),
		db.Col("topics", func(m *ent.CounselMessage) json.RawMessage { return list(m.Topics) }),
		db.Col("provider", func(m *ent.CounselMessage) *string { return (*string)(m.Provider) }),
		db.Col("over_budget", func(m *ent.CounselMessage) bool { return m.OverBudget }),
		db.Col("reserved_tokens", func(m *ent.CounselMessage) int { return m.ReservedTokens }),
		db.Col("reserved_day", func(m *ent.CounselMessage) string { return m.ReservedDay }),
		db.Col("reserved_for", func(m *ent.CounselMessage) string { return m.ReservedFor }),
		db.Col("writer", func(m *ent.CounselMessage) string { return m.Writer }),
		db.Col("leased_until", func(m *ent.CounselMessage) *time.Time { return m.LeasedUntil }),
		db.Col("finished_at", func(m *ent.CounselMessage) *time.Time { return m.FinishedAt }),
	}
)

// list writes words as JSON; nil for none at all.
func list(words []string) json.RawMessage {
	if words == nil {
		return nil
	}
	text, _ := json.Marshal(words) // words always marshal
	return text
}
