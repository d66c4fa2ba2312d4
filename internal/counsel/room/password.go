package room

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// The bounds of a password, in bytes. Bcrypt looks at no more than 72.
const (
	minPassword = 4
	maxPassword = 72
)

// passwords computes bcrypt for few people at once, so that a crowd that guesses waits instead of taking every
// processor.
type passwords struct {
	cost  int
	seats chan struct{}
	decoy string
}

func newPasswords(cost int) passwords {
	// The decoy has the form of a hash of that cost. No password is known to give it, and finding that out takes
	// as long as with a real one.
	decoy := fmt.Sprintf("$2a$%02d$g5Lwu6obUcuCX90neXHHTuJEssS9lIQlpJfUq8r0jEBRdLaz/VmAm", cost)
	return passwords{cost: cost, seats: make(chan struct{}, runtime.NumCPU()), decoy: decoy}
}

// hash returns the hash of a password, nil for none, or [ErrPasswordInvalid].
func (p passwords) hash(ctx context.Context, password *string) (*string, error) {
	if password == nil {
		return nil, nil
	}
	plain := composed(*password)
	if len(plain) < minPassword || len(plain) > maxPassword {
		return nil, ErrPasswordInvalid.At("password")
	}
	if err := p.sit(ctx); err != nil {
		return nil, err
	}
	defer p.rise()
	sum, err := bcrypt.GenerateFromPassword(plain, p.cost)
	if err != nil {
		return nil, fmt.Errorf("hash the password of a room: %w", err)
	}
	text := string(sum)
	return &text, nil
}

// match reports whether a password opens a room. It costs the same whether there is such a room, whether the
// room has a password, and whether that is the one: how long it takes tells nothing.
func (p passwords) match(ctx context.Context, password, hash *string) (bool, error) {
	if err := p.sit(ctx); err != nil {
		return false, err
	}
	defer p.rise()
	var plain []byte
	if password != nil {
		plain = composed(*password)
	}
	short := len(plain) <= maxPassword
	if !short { // nobody has such a password: hashes know the first 72 bytes only
		plain = plain[:maxPassword]
	}
	want := p.decoy
	if hash != nil {
		want = *hash
	}
	err := bcrypt.CompareHashAndPassword([]byte(want), plain)
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("compare the password of a room: %w", err)
	}
	return hash == nil || err == nil && short, nil
}

func (p passwords) sit(ctx context.Context) error {
	select {
	case p.seats <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash the password of a room: %w", ctx.Err())
	}
}

func (p passwords) rise() { <-p.seats }

// composed returns the bytes of a password in one form: keyboards send the same Korean syllable composed or in
// pieces (Unicode Standard Annex 15).
func composed(password string) []byte { return norm.NFC.Bytes([]byte(password)) }
