package live_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/server/live"
)

func TestEqualFollowersShareOneExecution(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	var crowd []*follower
	for i := range 100 {
		crowd = append(crowd, f.follow(t, hub, "usr_"+strconv.Itoa(i), ""))
	}
	for n := range 50 {
		f.publish(t, n, false)
	}
	for _, c := range crowd {
		for n := range 50 {
			require.Equal(t, n, c.take().N)
		}
	}
	require.EqualValues(t, 1, f.begun.Load())
	require.EqualValues(t, 50, f.computed.Load())
	require.Equal(t, 1, hub.Len())
	for _, c := range crowd {
		c.leave()
	}
	require.Eventually(t, func() bool { return hub.Len() == 0 }, 10*time.Second, time.Millisecond)
}

func TestNewcomersOfALogBeginNow(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	first := f.follow(t, hub, "usr_1", "")
	f.publish(t, 1, false)
	require.Equal(t, 1, first.take().N)
	second := f.follow(t, hub, "usr_2", "")
	f.publish(t, 2, false)
	require.Equal(t, 2, second.take().N, "neither what was before nor without what came after")
	require.Equal(t, 2, first.take().N)
	require.EqualValues(t, 2, f.computed.Load())
}

// TestReturningClientsConverge holds that clients that come back with cursors of their own share an
// execution again, at once where one has just been there, and else with the next event.
func TestReturningClientsConverge(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	stays := f.follow(t, hub, "usr_0", "")
	cursors := []string{}
	for n := range 100 {
		f.publish(t, n, false)
		cursors = append(cursors, stays.take().Cursor)
	}
	computed := f.computed.Load()
	catchUp := func(after int) *follower {
		c := f.follow(t, hub, "usr_"+strconv.Itoa(after), cursors[after])
		for n := after + 1; n < 100; n++ {
			require.Equal(t, n, c.take().N)
		}
		return c
	}
	for after := range 100 {
		catchUp(after).leave()
	}
	require.Equal(t, computed, f.computed.Load(), "all of that was still there")

	stays.leave()
	require.Eventually(t, func() bool { return hub.Len() == 0 }, 10*time.Second, time.Millisecond)
	var back []*follower
	for after := range 100 {
		back = append(back, catchUp(after))
	}
	f.publish(t, 100, false)
	for _, c := range back {
		require.Equal(t, 100, c.take().N)
	}
	require.Equal(t, 1, hub.Len())
	require.LessOrEqual(t, f.computed.Load()-computed, int32(300), "replayed once, and once more for each at most")
}

// TestAnAnswerThatAsksIsForNobodyElse is the promise, where it is hardest to keep: in the middle of a log.
func TestAnAnswerThatAsksIsForNobodyElse(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	users := []string{"usr_0", "usr_1", "usr_2"}
	var crowd []*follower
	for _, user := range users {
		crowd = append(crowd, f.follow(t, hub, user, ""))
	}
	for n := range 10 {
		f.publish(t, n, n == 4)
	}
	for i, c := range crowd {
		for n := range 10 {
			event := c.take()
			require.Equal(t, n, event.N, "none lost and none twice")
			if n == 4 {
				require.Equal(t, users[i], event.Who)
			} else {
				require.Empty(t, event.Who)
			}
		}
	}
	require.Zero(t, hub.Len())
	require.Equal(t, "usr_3", func() string { // the kind is remembered: the next one begins alone
		c := f.follow(t, hub, "usr_3", "")
		require.Zero(t, hub.Len())
		f.publish(t, 10, true)
		return c.take().Who
	}())
}

// TestALogWithoutPlacesIsNotShared holds that nobody shares what they could not leave without a loss.
func TestALogWithoutPlacesIsNotShared(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	f.lost = true
	one, two := f.follow(t, hub, "usr_1", ""), f.follow(t, hub, "usr_2", "")
	for n := range 3 {
		f.publish(t, n, false)
	}
	for n := range 3 {
		require.Equal(t, n, one.take().N)
		require.Equal(t, n, two.take().N)
	}
	require.Zero(t, hub.Len())
}

func TestABadCursorIsRefused(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{})
	c := f.follow(t, hub, "usr_1", "never given out")
	require.NotEmpty(t, c.answer().Errors)
	require.Nil(t, c.answer())
	require.Zero(t, hub.Len())
}

// TestALossIsToldToThoseWhoMissed holds that the news of a loss is not taken for the event that stands at
// the same place.
func TestALossIsToldToThoseWhoMissed(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{History: 4})
	stays := f.follow(t, hub, "usr_1", "")
	f.publish(t, 0, false)
	long := stays.take().Cursor
	var last string
	for n := 1; n <= 400; n++ { // more than the history and the executions remember
		f.publish(t, n, false)
		last = stays.take().Cursor
	}
	returns := f.follow(t, hub, "usr_2", long)
	loss := returns.take()
	require.True(t, loss.Reset)
	require.Equal(t, last, loss.Cursor)
	f.publish(t, 401, false)
	require.Equal(t, 401, returns.take().N)
	require.Equal(t, 401, stays.take().N)
	require.Equal(t, 1, hub.Len(), "from here on they share")
}

// TestSlowFollowersHoldUpNobody holds that who is slow goes on alone and misses nothing.
func TestSlowFollowersHoldUpNobody(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{SlowAfter: time.Hour})
	fast, slow := f.follow(t, hub, "usr_1", ""), f.follow(t, hub, "usr_2", "")
	const events = 5000
	for n := range events {
		f.publish(t, n, false)
		require.Equal(t, n, fast.take().N)
	}
	require.EqualValues(t, events, f.computed.Load())
	for n := range events {
		require.Equal(t, n, slow.take().N)
	}
}

// TestBurstsDoNotOutrunEverybody holds that an execution waits for the fastest of its members, so that a
// burst is computed once.
func TestBurstsDoNotOutrunEverybody(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{SlowAfter: time.Hour})
	one, two := f.follow(t, hub, "usr_1", ""), f.follow(t, hub, "usr_2", "")
	const events = 5000
	for n := range events {
		f.publish(t, n, false)
	}
	for n := range events {
		require.Equal(t, n, one.take().N)
		require.Equal(t, n, two.take().N)
	}
	require.EqualValues(t, events, f.computed.Load())
}

// TestWhoTakesNothingIsToldSo holds that a member that takes nothing for too long ends as it would alone:
// with the bus's own error, after what it had coming.
func TestWhoTakesNothingIsToldSo(t *testing.T) {
	hub, f := newHub(t), newNews(t, bus.Options{SlowAfter: 50 * time.Millisecond, ReaderBuffer: 16})
	c := f.follow(t, hub, "usr_1", "")
	const events = 2000
	for n := range events {
		f.publish(t, n, false)
	}
	require.Eventually(t, func() bool { return f.reader.Load().Err() != nil }, 10*time.Second, time.Millisecond)
	for n := range events {
		a := c.answer()
		require.NotNil(t, a)
		if len(a.Errors) > 0 {
			require.Contains(t, a.Errors[0].Error(), bus.ErrSlow.Error())
			require.Nil(t, c.answer())
			require.Less(t, n, events)
			return
		}
		var event told
		require.NoError(t, json.Unmarshal(a.Data, &event))
		require.Equal(t, n, event.N)
	}
	require.Fail(t, "it was never told")
}

// TestNothingIsLostOrMixed lets clients of several users come, go, dawdle and return at random, while some
// events ask who is asking. Everybody gets each event once, in order, and only their own answers.
func TestNothingIsLostOrMixed(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 20 {
		random := rand.New(rand.NewPCG(seed, uint64(round)))
		hub, f := newHub(t), newNews(t, bus.Options{SlowAfter: time.Hour})
		const events = 400
		personal := map[int]bool{}
		for range random.IntN(4) {
			personal[random.IntN(events)] = true
		}
		var clients sync.WaitGroup
		for i := range 30 {
			walk := rand.New(rand.NewPCG(random.Uint64(), 0))
			clients.Go(func() { wander(t, f, hub, fmt.Sprintf("usr_%d", i%5), personal, events, walk) })
		}
		done := make(chan struct{})
		go func() { clients.Wait(); close(done) }()
		for n := 0; !closed(done); n++ { // on and on, so that nobody comes too late
			f.publish(t, n, personal[n])
			if random.IntN(20) == 0 {
				runtime.Gosched() // so that clients come in between
			}
			if n > events {
				select {
				case <-done:
				case <-time.After(time.Millisecond):
				}
			}
		}
		require.Eventually(t, func() bool { return hub.Len() == 0 }, 10*time.Second, time.Millisecond)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wander follows the log to its end with random breaks, after which it returns with its cursor.
func wander(t *testing.T, f *news, hub *live.Hub, user string, personal map[int]bool, events int, random *rand.Rand) {
	cursor, want := "", -1
	for want < events {
		c := f.follow(t, hub, user, cursor)
		for stay := random.IntN(150); stay > 0 && want < events; stay-- {
			a := c.next(c.ctx)
			if a == nil {
				t.Errorf("%s: the end after %d", user, want)
				return
			}
			var event told
			if err := json.Unmarshal(a.Data, &event); err != nil {
				t.Error(err)
				return
			}
			who := ""
			if personal[event.N] {
				who = user
			}
			if want >= 0 && event.N != want || event.Who != who {
				t.Errorf("%s: got %+v, wanted %d for %q", user, event, want, who)
				return
			}
			cursor, want = event.Cursor, event.N+1
		}
		c.leave()
	}
}
