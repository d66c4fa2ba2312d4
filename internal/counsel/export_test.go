package counsel

import "context"

// SealForTest seals a text as the body of a message.
func (s *Service) SealForTest(ctx context.Context, text, message string) ([]byte, error) {
	return s.seal(ctx, text, boundBody, message)
}
