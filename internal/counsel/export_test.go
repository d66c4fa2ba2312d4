package counsel

import (
	"context"
	"time"
)

// SealForTest seals a text as the body of a message.
func (s *Service) SealForTest(ctx context.Context, text, message string) ([]byte, error) {
	return s.seal(ctx, text, boundBody, message)
}

// ReadCursorForTest reads a cursor of replies and writes it again.
func ReadCursorForTest(text string) (string, error) {
	p, err := parseCursor(text)
	if err != nil {
		return "", err
	}
	return p.cursor(), nil
}

// LeaseAfterForTest returns how long a lease lasts after rounds of saving that took so long, and a while without one.
func LeaseAfterForTest(since time.Duration, rounds ...time.Duration) time.Duration {
	p, now := &pace{}, time.Now()
	p.round(now)
	for _, took := range rounds {
		now = now.Add(took)
		p.round(now)
	}
	return p.lease(now.Add(since))
}

// TakeOverForTest takes over the replies whose leases had run out a while ago.
func (s *Service) TakeOverForTest(ctx context.Context, grace time.Duration) {
	s.writer.takeOver(ctx, grace)
}
