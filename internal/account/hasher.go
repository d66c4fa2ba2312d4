package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// The lengths of the salt and of the hash, in bytes (RFC 9106 §3.1 and §4).
const (
	saltSize = 16
	hashSize = 32
)

// HashCost says how dear a password hash is.
type HashCost struct {
	// Memory is in KiB.
	Memory uint32
	// Passes is how often the memory is walked.
	Passes uint32
	// Threads is how many lanes there are.
	Threads uint8
}

// DefaultHashCost returns 19 MiB, two passes, one lane: the second choice of the OWASP Password
// Storage Cheat Sheet, because a small server must hash for several people at once.
func DefaultHashCost() HashCost { return HashCost{Memory: 19 * 1024, Passes: 2, Threads: 1} }

// hasher computes argon2id (RFC 9106), for few people at once: each hash takes its memory, and a flood
// of sign-ins must wait instead of taking all of it.
type hasher struct {
	cost    HashCost
	seats   chan struct{}
	decoy   string
	observe func(took time.Duration)
}

func newHasher(cost HashCost, observe func(took time.Duration)) *hasher {
	h := &hasher{cost: cost, seats: make(chan struct{}, runtime.NumCPU()), observe: observe}
	// No password gives it, but finding that out takes as long as with a real one.
	h.decoy = h.format(random(saltSize), random(hashSize))
	return h
}

// hash returns the hash of a password in PHC format
// (https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md).
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := random(saltSize)
	sum, err := h.compute(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return h.format(salt, sum), nil
}

// matches reports whether the password gives the hash. A nil hash belongs to nobody: it costs the same
// and never matches.
func (h *hasher) matches(ctx context.Context, password string, phc *string) (bool, error) {
	text := h.decoy
	if phc != nil {
		text = *phc
	}
	cost, salt, want, err := parsePHC(text)
	if err != nil {
		return false, err
	}
	sum, err := h.compute(ctx, password, salt, cost)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want) == 1 && phc != nil, nil
}

// isOutdated reports whether a hash is of another cost than new ones are.
func (h *hasher) isOutdated(phc string) bool {
	cost, _, _, err := parsePHC(phc)
	return err != nil || cost != h.cost
}

// compute waits for a seat and returns the bare hash; it gives up with ctx.
func (h *hasher) compute(ctx context.Context, password string, salt []byte, cost HashCost) ([]byte, error) {
	select {
	case h.seats <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-h.seats }()
	begin := time.Now()
	sum := argon2.IDKey([]byte(composed(password)), salt, cost.Passes, cost.Memory, cost.Threads, hashSize)
	h.observe(time.Since(begin))
	return sum, nil
}

func (h *hasher) format(salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.Memory, h.cost.Passes, h.cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// parsePHC reads what format wrote.
func parsePHC(text string) (cost HashCost, salt, sum []byte, err error) {
	fields := strings.Split(text, "$")
	if len(fields) != 6 || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, fmt.Errorf("a password hash of an unknown kind, with %d fields", len(fields))
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &cost.Memory, &cost.Passes, &cost.Threads); err != nil {
		return cost, nil, nil, fmt.Errorf("read the cost of a password hash: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err != nil {
		return cost, nil, nil, fmt.Errorf("read the salt of a password hash: %w", err)
	}
	if sum, err = base64.RawStdEncoding.DecodeString(fields[5]); err != nil {
		return cost, nil, nil, fmt.Errorf("read a password hash: %w", err)
	}
	return cost, salt, sum, nil
}

// random returns n bytes that nobody can guess.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}
