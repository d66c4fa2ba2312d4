package bus

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/moa-bff/moa/internal/platform/fault"
)

const (
	maxEpoch = 32
	// maxOffset is the highest whole number that Lua, which counts in doubles, holds exactly.
	maxOffset = 1<<53 - 1
)

// position is a place in a log. Offsets rise by one within an epoch, so a missing entry
// shows. The epoch changes when the history begins anew and offsets mean nothing any more.
type position struct {
	epoch  string
	offset uint64
}

// newEpoch returns a fresh random epoch of 50 bits.
func newEpoch() string { return strings.ToLower(rand.Text()[:10]) }

// cursor returns the text that clients hold: base64url of "epoch.offset".
func (p position) cursor() string {
	plain := make([]byte, 0, maxEpoch)
	plain = append(plain, p.epoch...)
	plain = append(plain, '.')
	plain = strconv.AppendUint(plain, p.offset, 10)
	return base64.RawURLEncoding.EncodeToString(plain)
}

// parseCursor is the inverse of position.cursor and accepts nothing else: each place has
// exactly one text.
func parseCursor(text string) (position, error) {
	bad := fault.InvalidArgument.Saying("argument.cursor").Wrap(ErrBadCursor)
	if len(text) > 80 {
		return position{}, bad
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return position{}, bad
	}
	epoch, digits, found := strings.Cut(string(plain), ".")
	if !found || !validEpoch(epoch) {
		return position{}, bad
	}
	offset, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || offset > maxOffset {
		return position{}, bad
	}
	p := position{epoch: epoch, offset: offset}
	if p.cursor() != text {
		return position{}, bad
	}
	return p, nil
}

func validEpoch(s string) bool {
	if s == "" || len(s) > maxEpoch {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
}
