package counsel

import "context"

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
