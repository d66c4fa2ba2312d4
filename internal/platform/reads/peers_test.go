package reads_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/reads"
)

// TestOnlyAnEchoIsTrusted: a message may have been under way for long. Only one that was gathered after its
// sender had heard us says that nothing older is missing.
func TestOnlyAnEchoIsTrusted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := reads.NewSharedLedger()
		l.Hear(7, l.Join(), time.Now())
		require.True(t, l.Trusted(), "there is nobody else")
		l.Hear(8, reads.Message{Member: "other", Heard: 6}, time.Now())
		require.False(t, l.Trusted(), "it was gathered before we came")
		l.Hear(9, reads.Message{Member: "other", Heard: 7}, time.Now())
		require.True(t, l.Trusted())
		time.Sleep(60 * time.Millisecond)
		l.Hear(10, l.Next(), time.Now())
		l.Hear(11, reads.Message{Member: "other", Heard: 9}, time.Now())
		time.Sleep(40 * time.Millisecond)
		require.False(t, l.Trusted(), "it says nothing of the last tenth of a second")
	})
}

func TestASilentMemberIsTakenForDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := reads.NewSharedLedger()
		l.Hear(1, l.Join(), time.Now())
		l.Hear(2, reads.Message{Member: "other", Heard: 1}, time.Now())
		answer := read(l, "cpn_1")
		time.Sleep(10 * time.Second)
		l.Hear(3, l.Next(), time.Now())
		require.False(t, l.Trusted())
		require.True(t, answer())
		time.Sleep(time.Millisecond)
		l.Hear(4, l.Next(), time.Now())
		require.True(t, l.Trusted())
		require.False(t, answer(), "it may have changed anything before it died")
	})
}

// TestWhoJoinsMissesWhomItHasNeverHeard: a member that is cut off when this process joins says nothing, and
// changes what its own clients ask it to.
func TestWhoJoinsMissesWhomItHasNeverHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := reads.NewSharedLedger()
		l.Hear(4, l.Join("other", "dead"), time.Now())
		require.False(t, l.Trusted())
		l.Hear(5, reads.Message{Member: "other", Heard: 4}, time.Now())
		require.False(t, l.Trusted(), "one was not heard yet")
		time.Sleep(10*time.Second + time.Millisecond)
		l.Hear(6, l.Next(), time.Now())
		l.Hear(7, reads.Message{Member: "other", Heard: 6}, time.Now())
		require.True(t, l.Trusted(), "it is taken for dead")
	})
}

func TestWhatMayNotHaveGoneOutIsSentAgain(t *testing.T) {
	t.Parallel()
	l := reads.NewSharedLedger()
	l.Drop("cpn_1")
	first := l.Next()
	require.Equal(t, []reads.Slot{reads.SlotOf("cpn_1")}, first.Slots)
	require.Empty(t, l.Next().Slots)
	l.Unsent(first)
	require.Equal(t, first.Slots, l.Next().Slots)
	l.Drop(reads.Everything)
	require.True(t, l.Next().All)
}
