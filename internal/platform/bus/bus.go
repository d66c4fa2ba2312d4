// Package bus carries live news from the replica that commits a change to every replica
// that has someone watching. There are two kinds of news. A log ([Bus.Append],
// [Bus.Follow]) delivers each entry once and in order, and replays what came after a
// cursor. A state ([Bus.Set], [Bus.Watch]) delivers the latest value, and slow watchers
// skip what they could not read in time.
//
// [Memory] serves one process, [Redis] serves many. Both feed the same in-process hub and
// pass the same suite of tests. The bus never decides anything: what is true is a row in
// the database, and losing the bus costs speed only.
package bus

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"
)

// Errors of readers, watchers and the bus itself.
var (
	// ErrBadCursor says that a cursor was never given out by a bus. [Bus.Follow] returns it
	// as the cause of a fault.InvalidArgument.
	ErrBadCursor = errors.New("bus: malformed cursor")
	// ErrClosed says that the bus has ended. It is the cause of a fault.Unavailable.
	ErrClosed = errors.New("bus: closed")
	// ErrNotConnected says that a log could not be reached in time. It is the cause of a
	// fault.Unavailable.
	ErrNotConnected = errors.New("bus: not connected")
	// ErrSlow is the [Reader.Err] of a reader that was cut off because its buffer was full and it
	// took nothing for a while. The client resumes with the cursor of the last entry it saw.
	ErrSlow = errors.New("bus: reader too slow")
)

// Bus carries logs and states. Topics are short names chosen by the subjects, not empty and
// without braces. Payloads and values are shared by everyone who receives them: they are
// read-only from the moment they are handed to the bus.
type Bus interface {
	// Append adds messages to the end of the log topic, in the given order and without one
	// of another call between them as long as a call has at most 256. A message whose ID is
	// still in the history is skipped, so a publisher that repeats itself after an error
	// leaves one entry. An empty ID is never skipped. When Redis is away Append fails within
	// the deadline of ctx or 2 seconds, and may be repeated.
	Append(ctx context.Context, topic string, messages ...Message) error

	// Follow returns a reader of the entries of topic after a cursor; "" means from now on.
	// With keys == nil it gets every entry, otherwise only those whose Key is one of keys:
	// an empty list that is not nil gets none. When the history after the cursor is gone,
	// the first entry has Reset set. A cursor that is malformed fails with [ErrBadCursor].
	// The reader ends with ctx, with Close, or with the bus.
	Follow(ctx context.Context, topic string, after string, keys ...string) (*Reader, error)

	// Set replaces the value of the state topic unless one of the same or a higher version
	// stands there. Watchers in this process get it even when Redis is away; the error then
	// says that the others did not.
	Set(ctx context.Context, topic string, version int64, value []byte) error

	// Watch returns a watcher that gets the current value, when there is one, and then the
	// latest after each change. The watcher ends with ctx, with Close, or with the bus.
	Watch(ctx context.Context, topic string) (*Watcher, error)

	// Run carries news until ctx ends, then ends every reader and watcher and returns nil.
	// Call it once. Without it a Redis bus delivers nothing and a Memory bus keeps old topics.
	Run(ctx context.Context) error

	// Check reports whether the carrier can be reached now.
	Check(ctx context.Context) error

	// Close ends every reader and watcher at once and refuses new ones, so that open streams
	// do not hold up a shutdown. A Redis bus still carries what is appended and set to the
	// other replicas.
	Close()
}

// Message is one entry to be appended to a log.
type Message struct {
	// ID names the message among all of its topic; a repeated ID is skipped.
	ID string
	// Key routes the entry: readers may ask for some keys only.
	Key string
	// Payload is the content, opaque to the bus.
	Payload []byte
}

// Entry is one entry read from a log.
type Entry struct {
	// Cursor is the place of the entry, to be given to Follow later. Opaque to clients.
	Cursor string
	// Key is the key of the message.
	Key string
	// Payload is the content of the message, shared with other readers: do not change it.
	Payload []byte
	// Reset says that entries were lost before this place: refetch, then go on from Cursor.
	// Such an entry has no key and no payload.
	Reset bool
}

// Update is one change of a state.
type Update struct {
	// Version orders the values of a topic.
	Version int64
	// Value is the content, shared with other watchers: do not change it. It is nil when
	// nothing is known.
	Value []byte
	// Resync says that the carrier lost touch and newer values may have been missed: read
	// the row again. Version and Value are then the last ones known.
	Resync bool
}

// Options tune a bus; the zero value is ready for use.
type Options struct {
	// History is how many entries a log keeps for replay. Defaults to 100,000.
	History int
	// HistoryAge is how long a log keeps entries, and a state its value. Defaults to 24 hours.
	HistoryAge time.Duration
	// ReaderBuffer is how many entries may wait for one reader. A reader with more to come reads
	// on from the history at its own pace, so a burst costs it nothing. Defaults to 256.
	ReaderBuffer int
	// SlowAfter is how long a reader whose buffer is full may take nothing before it is cut off
	// with [ErrSlow]. Defaults to 1 second.
	SlowAfter time.Duration
	// Prefix begins the name of every Redis key and channel. Channels do not belong to a
	// database number, so buses that must not hear each other need different prefixes.
	// Defaults to "moa:".
	Prefix string
	// Logger hears of lost and regained connections. Defaults to slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.History = cmp.Or(max(o.History, 0), 100_000)
	o.HistoryAge = max(cmp.Or(o.HistoryAge, 24*time.Hour), time.Millisecond)
	o.ReaderBuffer = cmp.Or(max(o.ReaderBuffer, 0), 256)
	o.SlowAfter = cmp.Or(max(o.SlowAfter, 0), time.Second)
	o.Prefix = cmp.Or(o.Prefix, "moa:")
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return o
}
