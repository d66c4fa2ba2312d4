package bus_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/platform/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs b until the test ends and requires that Run then returns.
func run(t testing.TB, b bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(patience):
			t.Error("Run did not end with its context")
		}
	})
}

func follow(t testing.TB, b bus.Bus, topic, after string, keys ...string) *bus.Reader {
	t.Helper()
	r, err := b.Follow(t.Context(), topic, after, keys...)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

func watch(t testing.TB, b bus.Bus, topic string) *bus.Watcher {
	t.Helper()
	w, err := b.Watch(t.Context(), topic)
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

// appendNumbers appends the numbers from, …, to-1 in one call; number n has the key "k(n mod 3)".
func appendNumbers(t testing.TB, b bus.Bus, topic string, from, to int) {
	t.Helper()
	var messages []bus.Message
	for n := from; n < to; n++ {
		messages = append(messages, bus.Message{Key: "k" + strconv.Itoa(n%3), Payload: []byte(strconv.Itoa(n))})
	}
	require.NoError(t, b.Append(t.Context(), topic, messages...))
}

// startCursor appends a first entry to topic and returns its cursor.
func startCursor(t testing.TB, b bus.Bus, topic string) string {
	t.Helper()
	r, err := b.Follow(t.Context(), topic, "")
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, b.Append(t.Context(), topic, bus.Message{}))
	return take(t, r).Cursor
}

func take(t testing.TB, r *bus.Reader) bus.Entry {
	t.Helper()
	select {
	case entry, open := <-r.C():
		if !open {
			t.Errorf("the reader ended early: %v", r.Err())
		}
		return entry
	case <-time.After(patience):
		t.Error("no entry came")
		return bus.Entry{}
	}
}

// requireEntry checks that entry holds the number n and a cursor; it may run in any goroutine.
func requireEntry(t testing.TB, entry bus.Entry, n int) bool {
	t.Helper()
	if entry.Reset || string(entry.Payload) != strconv.Itoa(n) ||
		entry.Key != "k"+strconv.Itoa(n%3) || entry.Cursor == "" {
		t.Errorf("got %+v (payload %q), want the number %d", entry, entry.Payload, n)
		return false
	}
	return true
}

func requireNumbers(t testing.TB, r *bus.Reader, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		require.True(t, requireEntry(t, take(t, r), n))
	}
}

func takeNumbers(t testing.TB, r *bus.Reader, count int) []int {
	t.Helper()
	numbers := make([]int, count)
	for i := range numbers {
		entry := take(t, r)
		n, err := strconv.Atoi(string(entry.Payload))
		require.NoError(t, err, "entry %+v", entry)
		numbers[i] = n
	}
	return numbers
}

func requireReset(t testing.TB, r *bus.Reader) bus.Entry {
	t.Helper()
	entry := take(t, r)
	require.True(t, entry.Reset, "got %+v", entry)
	require.NotEmpty(t, entry.Cursor)
	require.Empty(t, entry.Key)
	require.Nil(t, entry.Payload)
	return entry
}

// requireNothing checks that no entry waits. Use it after another reader of the topic was seen to
// get what was appended last, since one lock delivers to all.
func requireNothing(t testing.TB, readers ...*bus.Reader) {
	t.Helper()
	for _, r := range readers {
		require.Empty(t, r.C())
	}
}

func requireEnd(t testing.TB, r *bus.Reader) {
	t.Helper()
	select {
	case entry, open := <-r.C():
		require.False(t, open, "got %+v", entry)
	case <-time.After(patience):
		require.Fail(t, "the reader did not end")
	}
	require.NoError(t, r.Err())
}

func takeUpdate(t testing.TB, w *bus.Watcher) bus.Update {
	t.Helper()
	select {
	case u, open := <-w.C():
		require.True(t, open, "the watcher ended early")
		return u
	case <-time.After(patience):
		require.Fail(t, "no update came")
		return bus.Update{}
	}
}

func requireEmpty(t testing.TB, w *bus.Watcher) {
	t.Helper()
	require.Empty(t, w.C())
}

func requireWatcherEnd(t testing.TB, w *bus.Watcher) {
	t.Helper()
	select {
	case u, open := <-w.C():
		require.False(t, open, "got %+v", u)
	case <-time.After(patience):
		require.Fail(t, "the watcher did not end")
	}
	require.NoError(t, w.Err())
}
