package counsel

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// What sealed texts are bound to, beside the id of their row: one cannot be moved to another place.
const (
	boundBody    = "counsel_message.body"
	boundTitle   = "counsel_session.title"
	boundDelta   = "counsel.reply"
	boundShare   = "counsel_share.token"
	boundSummary = "counsel_week_summary.body"
)

// The bounds of what clients write, in letters.
const (
	maxText  = 2000
	maxTitle = 30
)

// cleanText returns a text as it is kept, or a fault at the field: empty, too long or not to be stored.
func cleanText(text string, most int, refusal *fault.Error, field string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" || utf8.RuneCountInString(text) > most || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", refusal.At(field)
	}
	return text, nil
}

// titleOf returns the beginning of a worry as a title.
func titleOf(worry string) string {
	line, _, _ := strings.Cut(worry, "\n")
	letters := []rune(line)
	if len(letters) <= maxTitle {
		return line
	}
	return strings.TrimSpace(string(letters[:maxTitle-1])) + "…"
}

// Text returns what a message says, to whoever holds its row.
func (s *Service) Text(ctx context.Context, m *ent.CounselMessage) (string, error) {
	plain, err := s.deps.Vault.Open(ctx, m.Body, boundBody, m.ID)
	if err != nil {
		return "", fmt.Errorf("open message %s: %w", m.ID, err)
	}
	return string(plain), nil
}

// Title returns what a session is called.
func (s *Service) Title(ctx context.Context, row *ent.CounselSession) (string, error) {
	plain, err := s.deps.Vault.Open(ctx, row.Title, boundTitle, row.ID)
	if err != nil {
		return "", fmt.Errorf("open the title of %s: %w", row.ID, err)
	}
	return string(plain), nil
}

// seal returns a text as it is kept in a row.
func (s *Service) seal(ctx context.Context, text, bound, id string) ([]byte, error) {
	sealed, err := s.deps.Vault.Seal(ctx, []byte(text), bound, id)
	if err != nil {
		return nil, fmt.Errorf("seal %s of %s: %w", bound, id, err)
	}
	return sealed, nil
}
