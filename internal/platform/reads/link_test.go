package reads_test

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/test/testkit"
)

// wire is the network between a process and Redis.
type wire struct {
	mu      sync.Mutex
	thawed  chan struct{} // closed while what is written goes through
	cut     bool
	opened  []net.Conn
	dialing net.Dialer
}

func newWire() *wire {
	w := &wire{thawed: make(chan struct{})}
	close(w.thawed)
	return w
}

// end breaks every connection and lets none be made; mend lets them be made again.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, c := range w.opened {
		_ = c.Close()
	}
	w.opened = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

// freeze holds up what is written until thaw.
func (w *wire) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.thawed = make(chan struct{})
}

// thaw lets everything through; it may be called more than once.
func (w *wire) thaw() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.thawed:
	default:
		close(w.thawed)
	}
}

func (w *wire) passage() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.thawed
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, net.ErrClosed
	}
	conn, err := w.dialing.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.opened = append(w.opened, conn)
	return held{conn, w}, nil
}

type held struct {
	net.Conn
	wire *wire
}

func (h held) Write(b []byte) (int, error) {
	<-h.wire.passage()
	return h.Conn.Write(b)
}

// process is one of several that share their rows.
type process struct {
	*reads.Ledger
	*wire
	stop func()
}

// neighbours returns a way to start processes that hear each other.
func neighbours(t *testing.T) func() process {
	t.Helper()
	_, prefix := testkit.Redis(t)
	return func() process {
		opts, err := redis.ParseURL(testkit.RedisURL())
		require.NoError(t, err)
		p := process{Ledger: reads.NewSharedLedger(), wire: newWire()}
		opts.ContextTimeoutEnabled, opts.Dialer = true, p.dial
		client := redis.NewClient(opts)
		link := reads.NewLink(p.Ledger, client, prefix+"reads", slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- link.Run(ctx) }()
		p.stop = sync.OnceFunc(func() {
			stop()
			require.NoError(t, <-ended)
			_ = client.Close()
		})
		t.Cleanup(func() {
			p.thaw() // a test that failed may have left it frozen, and the process would never end
			p.stop()
		})
		return p
	}
}

func trusted(t *testing.T, processes ...process) {
	t.Helper()
	for _, p := range processes {
		require.Eventually(t, p.Trusted, 20*time.Second, time.Millisecond)
	}
}

// ends asks for an answer until it holds no more or is not served, and returns when it was asked for last
// and still served, counted from now.
func ends(t *testing.T, p process, holds func() bool) (last time.Duration) {
	t.Helper()
	begun := time.Now()
	for {
		asked := time.Since(begun) // before the look: whoever is held up here was served earlier
		if !p.Trusted() || !holds() {
			return last
		}
		last = asked
		require.Less(t, last, 20*time.Second, "it is still served")
	}
}

func TestOthersHearOfADropWithinATenthOfASecond(t *testing.T) {
	t.Parallel()
	run := neighbours(t)
	here, there, far := run(), run(), run()
	trusted(t, here, there, far)
	for range 20 {
		for _, p := range []process{there, far} {
			trusted(t, p)
			answer, other := read(p.Ledger, "cpn_1"), read(p.Ledger, "cpn_2")
			here.Drop("cpn_1")
			require.LessOrEqual(t, ends(t, p, answer), 100*time.Millisecond)
			require.Eventually(t, func() bool { return !answer() }, 20*time.Second, time.Millisecond)
			require.True(t, other(), "only what was named is dropped")
		}
	}
	answer := read(there.Ledger, "cpn_3")
	here.Drop(reads.Everything)
	require.Eventually(t, func() bool { return !answer() }, 20*time.Second, time.Millisecond)
}

// TestWhoCannotTellIsNotTrusted cuts, and freezes, the wire of the process that changes something: the
// other cannot know, and serves nothing from a tenth of a second on.
func TestWhoCannotTellIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]struct{ begin, end func(w *wire) }{
		"cut":    {(*wire).end, (*wire).mend},
		"frozen": {(*wire).freeze, (*wire).thaw},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := neighbours(t)
			here, there := run(), run()
			trusted(t, here, there)
			answer := read(there.Ledger, "cpn_1")
			harm.begin(here.wire)
			here.Drop("cpn_1")
			require.LessOrEqual(t, ends(t, there, answer), 100*time.Millisecond)
			require.True(t, answer(), "nothing was heard, so only the trust can have ended")
			harm.end(here.wire)
			trusted(t, here, there)
			require.False(t, answer(), "trust is back only after what was missed")
		})
	}
}

func TestWhoCannotHearIsNotTrusted(t *testing.T) {
	t.Parallel()
	run := neighbours(t)
	here, there := run(), run()
	trusted(t, here, there)
	answer := read(there.Ledger, "cpn_1")
	there.end()
	here.Drop("cpn_1")
	require.LessOrEqual(t, ends(t, there, answer), 100*time.Millisecond)
	there.mend()
	trusted(t, there)
	require.False(t, answer(), "whatever was missed is dropped")
}

func TestAProcessThatTakesLeaveIsNotMissed(t *testing.T) {
	t.Parallel()
	run := neighbours(t)
	here, there := run(), run()
	trusted(t, here, there)
	answer := read(there.Ledger, "cpn_1")
	here.Drop("cpn_1")
	here.stop()
	begun := time.Now()
	require.Eventually(t, func() bool { // what was heard before it left is trusted for a while
		return time.Since(begun) > 200*time.Millisecond && there.Trusted()
	}, 9*time.Second, time.Millisecond, "it had to be taken for dead")
	require.False(t, answer(), "its last drop was told")
}

func TestAnswersOfOthersHoldUntilADrop(t *testing.T) {
	t.Parallel()
	run := neighbours(t)
	here, there := run(), run()
	trusted(t, here, there)
	slots := []reads.Slot{reads.SlotOf("cpn_1")}
	var made reads.Mark
	require.Eventually(t, func() bool { // both have heard of the latest epoch
		made = here.Begin()
		return there.HoldsElsewhere(made.Epoch, made.Heard, slots)
	}, 20*time.Second, time.Millisecond)
	require.False(t, there.HoldsElsewhere("another time", made.Heard, slots))

	there.Drop("cpn_1")
	require.False(t, there.HoldsElsewhere(made.Epoch, made.Heard, slots), "its own drop counts before it has a number")
	require.True(t, there.HoldsElsewhere(made.Epoch, made.Heard, []reads.Slot{reads.SlotOf("cpn_2")}), "of what was dropped")
	require.Eventually(t, func() bool {
		later := here.Begin()
		return there.HoldsElsewhere(later.Epoch, later.Heard, slots)
	}, 20*time.Second, time.Millisecond)
	require.False(t, there.HoldsElsewhere(made.Epoch, made.Heard, slots), "it was made before the drop")
}

// TestWhatBeginsSettledHoldsElsewhere: who has dropped something, and waits until others were told, begins what
// they can take.
func TestWhatBeginsSettledHoldsElsewhere(t *testing.T) {
	t.Parallel()
	run := neighbours(t)
	here, there := run(), run()
	trusted(t, here, there)
	slots := []reads.Slot{reads.SlotOf("cpn_1")}
	heard := make(chan struct{}, 100)
	there.Listen(slots, func() { heard <- struct{}{} })
	for range 20 {
		here.Drop("cpn_1")
		here.Settle(t.Context(), slots)
		made := here.Begin()
		<-heard
		require.True(t, there.HoldsElsewhere(made.Epoch, made.Heard, slots))
	}
	here.freeze()
	here.Drop("cpn_1")
	gone, leave := context.WithCancel(t.Context())
	leave()
	here.Settle(gone, slots)
	made := here.Begin()
	here.thaw()
	<-heard
	require.False(t, there.HoldsElsewhere(made.Epoch, made.Heard, slots), "it may know nothing of the drop")
}

func TestLostNumbersAreNoticed(t *testing.T) {
	t.Parallel()
	client, prefix := testkit.Redis(t)
	shared := reads.NewSharedLedger()
	testkit.Run(t, reads.NewLink(shared, client, prefix+"reads", slog.New(slog.DiscardHandler)).Run)
	p := process{Ledger: shared}
	trusted(t, p)
	answer := read(shared, "cpn_1")
	require.NoError(t, client.Del(t.Context(), prefix+"reads").Err()) // as when Redis has lost its data
	require.Eventually(t, func() bool { return !answer() }, 20*time.Second, time.Millisecond)
	trusted(t, p)
}
