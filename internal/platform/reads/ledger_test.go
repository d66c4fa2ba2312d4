package reads_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/reads"
)

// read computes something that reads the tags, and returns what is needed to ask whether it holds.
func read(l *reads.Ledger, tags ...string) func() bool {
	mark := l.Begin()
	ctx, set := reads.Observe(context.Background())
	reads.Note(ctx, tags...)
	return func() bool { return l.Holds(mark, set.Slots()) }
}

func TestADropEndsWhatBeganBefore(t *testing.T) {
	t.Parallel()
	l := reads.NewLedger()
	before, other := read(l, "sto_1", reads.Stores), read(l, "sto_2")
	require.True(t, before())
	l.Drop("sto_1")
	require.False(t, before())
	require.True(t, other(), "it read something else")
	require.True(t, read(l, "sto_1")(), "it began after the change")
}

func TestEverythingIsDroppedAtOnce(t *testing.T) {
	t.Parallel()
	l := reads.NewLedger()
	before := read(l)
	l.Drop(reads.Everything)
	require.False(t, before())
	require.True(t, read(l)())
}

func TestListenersAreToldOfTheirDropsAlone(t *testing.T) {
	t.Parallel()
	l := reads.NewLedger()
	heard := 0
	var answer func() bool
	stop := l.Listen([]reads.Slot{reads.SlotOf("sto_1"), reads.SlotOf("sto_2")}, func() {
		heard++
		require.False(t, answer(), "the drop counts before it is told of")
	})
	for n, tag := range []string{"sto_1", "sto_2", reads.Everything} {
		answer = read(l, tag)
		l.Drop(tag)
		require.Equal(t, n+1, heard)
	}
	l.Drop("sto_3")
	require.Equal(t, 3, heard)
	stop()
	l.Drop("sto_1")
	require.Equal(t, 3, heard)
}

func TestWhoCannotTellDoesNotWaitForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, l := range []*reads.Ledger{reads.NewLedger(), reads.NewSharedLedger()} {
			l.Drop("sto_1")
			l.Settle(t.Context(), []reads.Slot{reads.SlotOf("sto_1")}) // or the test would hang
		}
	})
}

func TestALedgerOfOneProcessIsTrusted(t *testing.T) {
	t.Parallel()
	require.True(t, reads.NewLedger().Trusted())
	require.False(t, reads.NewSharedLedger().Trusted(), "nobody has been heard yet")
}

// TestNoDropIsLost drops one tag from many sides at once: whatever began before any of them has ended.
func TestNoDropIsLost(t *testing.T) {
	t.Parallel()
	l := reads.NewLedger()
	var sides sync.WaitGroup
	for range 8 {
		sides.Go(func() {
			for range 2_000 {
				holds := read(l, "cpn_1")
				l.Drop("cpn_1")
				if holds() {
					t.Error("an answer holds after a drop that followed its beginning")
					return
				}
			}
		})
	}
	sides.Wait()
}

func TestTagsSpreadOverTheSlots(t *testing.T) {
	t.Parallel()
	seen := map[reads.Slot]int{}
	for i := range 10_000 {
		seen[reads.SlotOf("cpn_01J"+strconv.Itoa(1_000_000+i))]++
	}
	require.Greater(t, len(seen), 8_500, "ten thousand ids share few of the 65,536 slots")
	require.Equal(t, reads.Slot(0x88aa), reads.SlotOf("stores"), "the same in every build: processes tell each other slots")
}

func TestASetKnowsWhenItEnds(t *testing.T) {
	t.Parallel()
	ctx, set := reads.Observe(context.Background())
	require.True(t, set.Until().IsZero())
	soon := time.Now().Add(time.Minute)
	reads.Until(ctx, soon.Add(time.Hour))
	reads.Until(ctx, soon)
	reads.Until(ctx, soon.Add(time.Second))
	reads.Until(ctx, time.Time{})
	require.Equal(t, soon, set.Until())
	reads.Note(ctx, "b", "a", "b")
	require.Len(t, set.Slots(), 2)
}

func TestNotesWithoutAReaderGoNowhere(t *testing.T) {
	t.Parallel()
	require.False(t, reads.Observed(context.Background()))
	reads.Note(context.Background(), "a")
	reads.Until(context.Background(), time.Now())
}
