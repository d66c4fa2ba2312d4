package counsel

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// maxCursor bounds what is read as a cursor, in bytes.
const maxCursor = 512

// place is how far a listener has come in the messages of one turn: everything of earlier turns was heard.
type place struct {
	Turn  int     `json:"t"`
	Heard []heard `json:"h,omitempty"` // in the order of the numbers
}

// heard is how much of a message was heard, in bytes, and of which attempt at writing it.
type heard struct {
	Number  int  `json:"n"`
	Upto    int  `json:"u"`
	Attempt int  `json:"a,omitempty"`
	Done    bool `json:"d,omitempty"`
}

// of returns how much of a message was heard.
func (p *place) of(number int) heard {
	for _, h := range p.Heard {
		if h.Number == number {
			return h
		}
	}
	return heard{Number: number}
}

// note writes down how far a message of the turn was heard.
func (p *place) note(h heard) {
	for i := range p.Heard {
		if p.Heard[i].Number == h.Number {
			p.Heard[i] = h
			return
		}
	}
	p.Heard = append(p.Heard, h)
}

// cursor returns the place as a client holds it.
func (p *place) cursor() string {
	text, _ := json.Marshal(p) // plain numbers always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor is the inverse of cursor. Anything else is fault.InvalidArgument.
func parseCursor(text string) (*place, error) {
	bad := fault.InvalidArgument.Saying("argument.cursor").At("after")
	if len(text) > maxCursor {
		return nil, bad
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, bad.Wrap(err)
	}
	p := &place{}
	if err := json.Unmarshal(plain, p); err != nil {
		return nil, bad.Wrap(err)
	}
	if p.cursor() != text || p.Turn < 0 || slices.ContainsFunc(p.Heard, func(h heard) bool { return h.Number < 1 || h.Upto < 0 }) {
		return nil, bad.Wrap(errors.New("not a cursor of replies"))
	}
	return p, nil
}
