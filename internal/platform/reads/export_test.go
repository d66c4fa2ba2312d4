package reads

import "time"

// Message is what processes tell each other.
type Message = message

// Join returns the message by which the process joins, where these others are.
func (l *Ledger) Join(others ...string) Message {
	epoch := l.peers.rejoin()
	m := l.peers.next()
	m.Epoch = epoch
	l.peers.expect(others, time.Now())
	return m
}

// Next returns the next message to send, and Unsent takes it back.
func (l *Ledger) Next() Message    { return l.peers.next() }
func (l *Ledger) Unsent(m Message) { l.peers.unsent(m) }

// Hear takes in a message.
func (l *Ledger) Hear(number uint64, m Message, now time.Time) { l.hear(number, m, now) }
