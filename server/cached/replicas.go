package cached

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/moa-bff/moa/internal/platform/reads"
)

// header is what stands before the slots and the data of an answer for other processes: which changes its
// maker had heard of, when it was made, when it ends, and the number of its slots.
const header = 8 + 8 + 8 + 4

// place returns where an answer is left for others; false when there is nobody to share with. It names the
// epoch: nobody believes an answer of a time of which it has not heard every change.
func (c *Cache) place(k key, m reads.Mark) (string, bool) {
	return m.Epoch + ":" + hex.EncodeToString(k[:]), c.Shared != nil && m.Epoch != ""
}

// leave leaves an answer for other processes. It may fail: they compute it themselves then.
func (c *Cache) leave(ctx context.Context, k key, e *entry) {
	if place, ok := c.place(k, e.mark); ok {
		_ = c.Shared.Set(context.WithoutCancel(ctx), place, encode(e), e.until.Sub(c.Now()))
	}
}

// fetch returns an answer that another process has left and that holds; nil for none.
func (c *Cache) fetch(ctx context.Context, k key) *entry {
	mark := c.Ledger.Begin()
	place, ok := c.place(k, mark)
	if !ok {
		return nil
	}
	text, ok, err := c.Shared.Get(ctx, place)
	if !ok || err != nil {
		return nil
	}
	e, heard, ok := decode(text)
	if !ok || !c.Ledger.HoldsElsewhere(mark.Epoch, heard, e.read) {
		return nil
	}
	e.mark = mark
	if !c.holds(e) || !c.Ledger.Trusted() {
		return nil
	}
	return e
}

func encode(e *entry) []byte {
	text := make([]byte, 0, header+2*len(e.read)+len(e.data))
	text = binary.BigEndian.AppendUint64(text, e.mark.Heard)
	text = binary.BigEndian.AppendUint64(text, uint64(e.made.UnixNano()))
	text = binary.BigEndian.AppendUint64(text, uint64(e.until.UnixNano()))
	text = binary.BigEndian.AppendUint32(text, uint32(len(e.read)))
	for _, s := range e.read {
		text = binary.BigEndian.AppendUint16(text, uint16(s))
	}
	return append(text, e.data...)
}

func decode(text []byte) (e *entry, heard uint64, ok bool) {
	if len(text) < header {
		return nil, 0, false
	}
	n := int(binary.BigEndian.Uint32(text[24:]))
	if len(text) < header+2*n {
		return nil, 0, false
	}
	e = &entry{
		made:  time.Unix(0, int64(binary.BigEndian.Uint64(text[8:]))),
		until: time.Unix(0, int64(binary.BigEndian.Uint64(text[16:]))),
		read:  make([]reads.Slot, n),
		data:  text[header+2*n:],
	}
	for i := range e.read {
		e.read[i] = reads.Slot(binary.BigEndian.Uint16(text[header+2*i:]))
	}
	return e, binary.BigEndian.Uint64(text), true
}
