package counsel

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// topicReply is the log of the bus that carries what replies say, under the session's id. It is not kept in
// the rows of the event log: who comes late reads the message itself.
const topicReply = "counsel.reply"

const (
	// sayBatch is how many notes go out at once.
	sayBatch = 256
	// maxUnsaved is how many bytes that are not in the row yet a note repeats at most.
	maxUnsaved = 2048
	// sayPatience is how long the bus may take. What it does not take is found in the rows.
	sayPatience = 2 * time.Second
)

// note is a piece of a message on its way to whoever listens.
type note struct {
	Message string                `json:"m"`
	Number  int                   `json:"n"`
	Turn    int                   `json:"t"`
	Author  counselmessage.Author `json:"a"`
	// Attempt numbers the writings of the message: one of which nothing was kept is written anew.
	Attempt int `json:"k,omitempty"`
	// Offset is where in the message Text begins, in bytes.
	Offset int    `json:"o"`
	Text   string `json:"x,omitempty"`
	// Status is set by the last note of a message: Text then reaches from Offset to its end.
	Status counselmessage.Status `json:"s,omitempty"`
	Offers bool                  `json:"c,omitempty"`

	session string
}

// channel sends notes in the order of their coming. While a batch is on its way the next one gathers, and what
// one message has said meanwhile becomes one note.
type channel struct {
	bus    bus.Bus
	vault  *vault.Vault
	logger *slog.Logger
	wake   chan struct{}

	mu      sync.Mutex
	waiting []*note
	last    map[string]*note // the latest waiting note of each message, which can still grow
}

func newChannel(d Deps) *channel {
	return &channel{bus: d.Bus, vault: d.Vault, logger: d.Logger, wake: make(chan struct{}, 1), last: map[string]*note{}}
}

func noteOf(m *ent.CounselMessage, offset int, text string) *note {
	return &note{
		session: m.SessionID, Message: m.ID, Number: m.Number, Turn: m.Turn, Author: m.Author, Attempt: m.Attempt,
		Offset: offset, Text: text,
	}
}

// say sends a text, of which only delta has not been sent before. The text begins at an offset in the message.
func (c *channel) say(m *ent.CounselMessage, offset int, text, delta string) {
	c.mu.Lock()
	if last := c.last[m.ID]; last != nil && last.Offset+len(last.Text) == offset+len(text)-len(delta) {
		last.Text += delta
	} else {
		n := noteOf(m, offset, text)
		c.waiting = append(c.waiting, n)
		c.last[m.ID] = n
	}
	c.mu.Unlock()
	c.stir()
}

// end sends that a message has come to its end, with the whole of its text for whoever has missed some.
func (c *channel) end(m *ent.CounselMessage, text string) {
	n := noteOf(m, 0, text)
	n.Status, n.Offers = m.Status, m.OffersCards
	c.mu.Lock()
	c.waiting = append(c.waiting, n)
	delete(c.last, m.ID)
	c.mu.Unlock()
	c.stir()
}

func (c *channel) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run sends notes until ctx ends, and then what waits.
func (c *channel) run(ctx context.Context) error {
	for {
		select {
		case <-c.wake:
			c.flush(ctx)
		case <-ctx.Done():
			c.flush(context.WithoutCancel(ctx))
			return nil
		}
	}
}

func (c *channel) flush(ctx context.Context) {
	for {
		batch := c.take()
		if len(batch) == 0 {
			return
		}
		c.send(ctx, batch)
	}
}

// take returns the notes that wait longest.
func (c *channel) take() []*note {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), sayBatch)
	batch := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	for _, taken := range batch {
		if c.last[taken.Message] == taken {
			delete(c.last, taken.Message)
		}
	}
	return batch
}

func (c *channel) send(ctx context.Context, batch []*note) {
	ctx, cancel := context.WithTimeout(ctx, sayPatience)
	defer cancel()
	messages := make([]bus.Message, 0, len(batch))
	for _, n := range batch {
		payload, err := c.pack(ctx, n)
		if err != nil {
			c.logger.WarnContext(ctx, "what a reply says cannot be sealed", "message_id", n.Message, "error", err)
			continue
		}
		messages = append(messages, bus.Message{Key: n.session, Payload: payload})
	}
	if err := c.bus.Append(ctx, topicReply, messages...); err != nil {
		c.logger.DebugContext(ctx, "what replies say did not go out: it is found in the rows", "error", err)
	}
}

// pack seals a note: the bus may keep it for a while, on another machine.
func (c *channel) pack(ctx context.Context, n *note) ([]byte, error) {
	plain, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return c.vault.Seal(ctx, plain, boundDelta, n.session)
}

// unpack is the inverse of pack.
func (c *channel) unpack(ctx context.Context, session string, payload []byte) (*note, error) {
	plain, err := c.vault.Open(ctx, payload, boundDelta, session)
	if err != nil {
		return nil, err
	}
	n := &note{}
	return n, json.Unmarshal(plain, n)
}
