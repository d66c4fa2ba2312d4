package bus_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// patience bounds every wait of the tests; only a failing test comes near it.
const patience = 10 * time.Second

// testSuite holds what every bus promises. start returns a running bus that ends with the test.
func testSuite(t *testing.T, start func(t *testing.T, opts bus.Options) bus.Bus) {
	scenarios := []struct {
		name string
		opts bus.Options
		run  func(t *testing.T, b bus.Bus)
	}{
		{"a log delivers in order", bus.Options{}, testOrder},
		{"a reader gets its keys only", bus.Options{}, testKeys},
		{"a reader without cursor starts now", bus.Options{}, testFromNow},
		{"a cursor replays what came after it", bus.Options{}, testReplay},
		{"a replay may be longer than the buffer", bus.Options{ReaderBuffer: 8}, testLongReplay},
		{"replay and news join without a seam", bus.Options{ReaderBuffer: 8}, testSeam},
		{"all readers see one order", bus.Options{ReaderBuffer: 8}, testOneOrder},
		{"trimmed history resets", bus.Options{History: 10}, testTrimmed},
		{"aged history resets", bus.Options{HistoryAge: 100 * time.Millisecond}, testAged},
		{"a cursor of another history resets", bus.Options{}, testForeignEpoch},
		{"a malformed cursor is refused", bus.Options{}, testBadCursor},
		{"a repeated message is in the log once", bus.Options{}, testDedupe},
		{"the memory of ids ends with the history", bus.Options{History: 5}, testDedupeWindow},
		{"a slow reader is cut off and can resume", bus.Options{ReaderBuffer: 8, SlowAfter: 50 * time.Millisecond}, testSlowReader},
		{"a burst is not slow", bus.Options{ReaderBuffer: 8}, testBurst},
		{"a burst beyond the history resets", bus.Options{ReaderBuffer: 8, History: 10}, testBurstBeyondHistory},
		{"readers and watchers end", bus.Options{}, testEnds},
		{"a bus ends while readers come", bus.Options{ReaderBuffer: 8}, testEndsWhileFollowing},
		{"a state converges to its highest version", bus.Options{}, testState},
		{"a late watcher gets the current value", bus.Options{}, testLateWatcher},
		{"a slow watcher skips", bus.Options{}, testSlowWatcher},
		{"topics do not mix", bus.Options{}, testTopics},
		{"what is untracked leaves no trail", bus.Options{}, testUntracked},
		{"a running bus is healthy", bus.Options{}, testCheck},
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, start(t, s.opts))
		})
	}
}

func testOrder(t *testing.T, b bus.Bus) {
	r := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 0, 3)
	appendNumbers(t, b, "news", 3, 4)
	requireNumbers(t, r, 0, 4)
}

func testKeys(t *testing.T, b bus.Bus) {
	all := follow(t, b, "news", "")
	one := follow(t, b, "news", "", "k1")
	two := follow(t, b, "news", "", "k2", "k0", "k2")
	none := follow(t, b, "news", "", []string{}...)
	appendNumbers(t, b, "news", 0, 6)

	requireNumbers(t, all, 0, 6)
	require.Equal(t, []int{1, 4}, takeNumbers(t, one, 2))
	require.Equal(t, []int{0, 2, 3, 5}, takeNumbers(t, two, 4))
	requireNothing(t, one, two, none)

	one.Close()
	appendNumbers(t, b, "news", 6, 9)
	require.Equal(t, []int{6, 8}, takeNumbers(t, two, 2), "a neighbour that left changes nothing")
}

func testFromNow(t *testing.T, b bus.Bus) {
	appendNumbers(t, b, "news", 0, 3)
	first := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 3, 5)
	second := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 5, 6)
	requireNumbers(t, first, 3, 6)
	requireNumbers(t, second, 5, 6)
}

func testReplay(t *testing.T, b bus.Bus) {
	r := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 0, 20)
	cursors := make([]string, 20)
	for i := range cursors {
		cursors[i] = take(t, r).Cursor
	}
	for i, cursor := range cursors {
		requireNumbers(t, follow(t, b, "news", cursor), i+1, 20)
	}
	require.Equal(t, []int{7, 10, 13, 16, 19}, takeNumbers(t, follow(t, b, "news", cursors[4], "k1"), 5))
}

func testLongReplay(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 6000)
	requireNumbers(t, follow(t, b, "news", start), 0, 6000)

	got := takeNumbers(t, follow(t, b, "news", start, "k2"), 2000)
	for i, n := range got {
		require.Equal(t, 3*i+2, n)
	}
}

func testSeam(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	const total = 2000
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		for i := 0; i < total; i += 10 {
			appendNumbers(t, b, "news", i, i+10)
		}
	})
	// Every reader reads a little, leaves, and comes back with its cursor while news comes in.
	for range 4 {
		work.Go(func() {
			cursor, next := start, 0
			for next < total {
				r := follow(t, b, "news", cursor)
				for range min(170, total-next) {
					entry := take(t, r)
					if !requireEntry(t, entry, next) {
						return
					}
					cursor = entry.Cursor
					next++
				}
				r.Close()
			}
		})
	}
}

func testOneOrder(t *testing.T, b bus.Bus) {
	one, two := follow(t, b, "news", ""), follow(t, b, "news", "")
	var work sync.WaitGroup
	for writer := range 8 {
		work.Go(func() {
			for i := range 50 {
				appendNumbers(t, b, "news", writer*50+i, writer*50+i+1)
			}
		})
	}
	work.Wait()
	order := takeNumbers(t, one, 400)
	require.Equal(t, order, takeNumbers(t, two, 400))
	seen := map[int]bool{}
	last := map[int]int{}
	for _, n := range order {
		require.False(t, seen[n], "entry %d came twice", n)
		seen[n] = true
		require.GreaterOrEqual(t, n, last[n/50], "a writer's own order holds")
		last[n/50] = n
	}
}

func testTrimmed(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 10)
	whole := follow(t, b, "news", start)
	first := take(t, whole)
	requireEntry(t, first, 0)

	appendNumbers(t, b, "news", 10, 11)
	requireNumbers(t, follow(t, b, "news", first.Cursor), 1, 11)

	r := follow(t, b, "news", start)
	reset := requireReset(t, r)
	appendNumbers(t, b, "news", 11, 13)
	requireNumbers(t, r, 11, 13)
	requireNumbers(t, follow(t, b, "news", reset.Cursor), 11, 13)
}

func testAged(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 1)
	require.Eventually(t, func() bool {
		r, err := b.Follow(t.Context(), "news", start)
		require.NoError(t, err)
		defer r.Close()
		return take(t, r).Reset
	}, patience, 10*time.Millisecond)
}

func testForeignEpoch(t *testing.T, b bus.Bus) {
	foreign := startCursor(t, b, "other")
	r := follow(t, b, "news", foreign)
	requireReset(t, r)
	appendNumbers(t, b, "news", 0, 2)
	requireNumbers(t, r, 0, 2)

	keyed := follow(t, b, "news", foreign, "nobody")
	requireReset(t, keyed)
}

func testBadCursor(t *testing.T, b bus.Bus) {
	for _, cursor := range []string{"x", "not a cursor", "YS4x=", "Li4u"} {
		_, err := b.Follow(t.Context(), "news", cursor)
		require.ErrorIs(t, err, bus.ErrBadCursor)
		require.ErrorIs(t, err, fault.InvalidArgument)
	}
}

func testDedupe(t *testing.T, b bus.Bus) {
	r := follow(t, b, "news", "")
	ctx := t.Context()
	first := bus.Message{ID: "a", Payload: []byte("0")}
	second := bus.Message{ID: "b", Payload: []byte("1")}
	nameless := bus.Message{Payload: []byte("2")}
	require.NoError(t, b.Append(ctx, "news", first, first, second))
	require.NoError(t, b.Append(ctx, "news", second, first))
	require.NoError(t, b.Append(ctx, "news", nameless, first, nameless))
	require.NoError(t, b.Append(ctx, "other", first))
	require.Equal(t, []int{0, 1, 2, 2}, takeNumbers(t, r, 4))
	requireNothing(t, r)
}

func testDedupeWindow(t *testing.T, b bus.Bus) {
	r := follow(t, b, "news", "")
	for i := range 6 {
		number := strconv.Itoa(i)
		require.NoError(t, b.Append(t.Context(), "news", bus.Message{ID: number, Payload: []byte(number)}))
		require.Equal(t, []int{i}, takeNumbers(t, r, 1))
	}
	require.NoError(t, b.Append(t.Context(), "news",
		bus.Message{ID: "1", Payload: []byte("100")}, bus.Message{ID: "0", Payload: []byte("200")}))
	require.Equal(t, []int{200}, takeNumbers(t, r, 1), "0 has left the history, 1 has not")
}

func testSlowReader(t *testing.T, b bus.Bus) {
	slow, quick := follow(t, b, "news", ""), follow(t, b, "news", "")
	for i := range 30 {
		appendNumbers(t, b, "news", i, i+1)
		requireEntry(t, take(t, quick), i)
	}
	require.Eventually(t, func() bool { return errors.Is(slow.Err(), bus.ErrSlow) }, patience, time.Millisecond)
	var last bus.Entry
	next := 0
	for entry := range slow.C() {
		requireEntry(t, entry, next)
		last = entry
		next++
	}
	require.Positive(t, next)
	require.LessOrEqual(t, next, 8)
	requireNumbers(t, follow(t, b, "news", last.Cursor), next, 30)
	appendNumbers(t, b, "news", 30, 31)
	requireNumbers(t, quick, 30, 31)
	slow.Close()
}

// A burst overruns the buffer of a reader long before it can run; that alone is not slow.
func testBurst(t *testing.T, b bus.Bus) {
	reader, keyed := follow(t, b, "news", ""), follow(t, b, "news", "", "k1")
	appendNumbers(t, b, "news", 0, 5000)
	requireNumbers(t, reader, 0, 5000)
	for i, n := range takeNumbers(t, keyed, 1000) {
		require.Equal(t, 3*i+1, n)
	}
	appendNumbers(t, b, "news", 5000, 5010)
	requireNumbers(t, reader, 5000, 5010)
}

// A reader that is behind and whose history is trimmed meanwhile hears of the gap.
func testBurstBeyondHistory(t *testing.T, b bus.Bus) {
	reader := follow(t, b, "news", "")
	appendNumbers(t, b, "news", 0, 100)
	next := 0
	entry := take(t, reader)
	for ; !entry.Reset; entry = take(t, reader) {
		requireEntry(t, entry, next)
		next++
	}
	require.Less(t, next, 100)
	appendNumbers(t, b, "news", 100, 103)
	requireNumbers(t, reader, 100, 103)
}

func testEnds(t *testing.T, b bus.Bus) {
	ctx, cancel := context.WithCancel(t.Context())
	cancelled, err := b.Follow(ctx, "news", "")
	require.NoError(t, err)
	watcher, err := b.Watch(ctx, "stock")
	require.NoError(t, err)
	cancel()
	requireEnd(t, cancelled)
	requireWatcherEnd(t, watcher)

	closed := follow(t, b, "news", "")
	closed.Close()
	closed.Close()
	requireEnd(t, closed)

	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 1000)
	replaying, live := follow(t, b, "news", start), follow(t, b, "news", "")
	watching := watch(t, b, "stock")
	b.Close()
	b.Close()
	for range replaying.C() {
	}
	require.NoError(t, replaying.Err())
	requireEnd(t, live)
	requireWatcherEnd(t, watching)
	_, err = b.Follow(t.Context(), "news", "")
	require.ErrorIs(t, err, bus.ErrClosed)
	require.ErrorIs(t, err, fault.Unavailable)
	_, err = b.Watch(t.Context(), "stock")
	require.ErrorIs(t, err, bus.ErrClosed)
}

// A bus may end while readers with cursors are still coming in.
func testEndsWhileFollowing(t *testing.T, b bus.Bus) {
	start := startCursor(t, b, "news")
	appendNumbers(t, b, "news", 0, 100)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for {
				r, err := b.Follow(context.Background(), "news", start)
				if err != nil {
					if !errors.Is(err, bus.ErrClosed) {
						t.Errorf("got %v", err)
					}
					return
				}
				<-r.C()
				r.Close()
			}
		})
	}
	r := follow(t, b, "news", start)
	requireNumbers(t, r, 0, 50)
	b.Close()
	work.Wait()
}
