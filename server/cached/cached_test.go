package cached_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/server/cached"
)

func TestTheSchemaSaysWhatIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for query, life := range map[string]time.Duration{
			shop:                                  time.Minute,
			`{ shop { next { next { name } } } }`: time.Minute,
			`{ counted }`:                         time.Minute,
			`{ short { name } }`:                  5 * time.Second,
			`{ shop { brief { name } } }`:         2 * time.Second,
			`{ short { next { name } } shop { name } }`:                               5 * time.Second,
			`{ shop { __typename } }`:                                                 time.Minute,
			`{ shop { ... on Shop { name } ...f } } fragment f on Shop { name }`:      time.Minute,
			`{ shop { ... on Shop { ...f } } } fragment f on Shop { brief { name } }`: 2 * time.Second,
			`{ shop { ... on Shop { ...f } } } fragment f on Shop { followed }`:       0,
			`{ shop { ... @defer { name } } }`:                                        0,
			`{ shop { ...f @defer } } fragment f on Shop { name }`:                    0,
			`{ shop { name followed } }`:                                              0,
			`{ shop { other { name } } }`:                                             0,
			`{ unsaid { name } }`:                                                     0,
			`{ count }`:                                                               0,
			`{ never { name } }`:                                                      0,
			`{ mine { name } }`:                                                       0,
			`{ guarded { name } }`:                                                    0,
			`{ shop { name } count }`:                                                 0,
			`{ __typename }`:                                                          0,
			`{ __schema { queryType { name } } }`:                                     0,
			`{ shop { name } __type(name: "Shop") { name } }`:                         0,
			`mutation { shop { name } }`:                                              0,
		} {
			d := open(t)
			d.ask(t.Context(), query, nil)
			_, hit := d.ask(t.Context(), query, nil)
			require.Equal(t, life > 0, hit, query)
			if life > 0 {
				time.Sleep(life - time.Nanosecond)
				_, hit = d.ask(t.Context(), query, nil)
				require.True(t, hit, query)
				time.Sleep(time.Nanosecond)
				_, hit = d.ask(t.Context(), query, nil)
				require.False(t, hit, "%s is older than it may become", query)
			}
		}
	})
}

func TestWhatIsReadSaysWhenItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		d.compute = func(ctx context.Context) *graphql.Response {
			reads.Until(ctx, time.Now().Add(3*time.Second))
			return &graphql.Response{Data: []byte(`{}`)}
		}
		d.ask(t.Context(), shop, nil)
		time.Sleep(3*time.Second - time.Nanosecond)
		_, hit := d.ask(t.Context(), shop, nil)
		require.True(t, hit)
		time.Sleep(time.Nanosecond)
		_, hit = d.ask(t.Context(), shop, nil)
		require.False(t, hit, "the boundary itself belongs to what follows")
	})
}

func TestQuestionsHaveTheirOwnAnswers(t *testing.T) {
	t.Parallel()
	d := open(t)
	korean := viewer.WithLanguage(t.Context(), language.Korean)
	const query = `query($id: ID) { shop(id: $id) { name } }`
	for _, ask := range []func() (string, bool){
		func() (string, bool) { return d.ask(t.Context(), shop, nil) },
		func() (string, bool) { return d.ask(t.Context(), query, map[string]any{"id": "1"}) },
		func() (string, bool) { return d.ask(t.Context(), query, map[string]any{"id": "2"}) },
		func() (string, bool) { return d.ask(t.Context(), query, nil) },
		func() (string, bool) { return d.ask(korean, query, nil) },
	} {
		before := d.computed.Load()
		first, hit := ask()
		require.False(t, hit)
		second, hit := ask()
		require.True(t, hit)
		require.Equal(t, first, second)
		require.Equal(t, before+1, d.computed.Load())
	}
	require.EqualValues(t, 5, d.misses.Load())
	require.Equal(t, 5, d.from(cached.FromMemory))
}

func TestWhatReadTheViewerIsNotShared(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.compute = func(ctx context.Context) *graphql.Response {
		return &graphql.Response{Data: []byte(viewer.From(ctx).ID)}
	}
	for range 3 {
		for _, id := range []string{"usr_1", "usr_2", ""} {
			ctx, seen := viewer.Observe(viewer.With(t.Context(), viewer.Viewer{ID: id}))
			data, hit := d.ask(ctx, shop, nil)
			require.False(t, hit)
			require.Equal(t, id, data)
			_ = seen
		}
	}
}

func TestOnlyWholeAnswersAreKept(t *testing.T) {
	t.Parallel()
	more := true
	for name, answer := range map[string]graphql.Response{
		"errors":     {Data: []byte(`{}`), Errors: gqlerror.List{{Message: "no"}}},
		"extensions": {Data: []byte(`{}`), Extensions: map[string]any{"cost": 1}},
		"parts":      {Data: []byte(`{}`), HasNext: &more},
		"no data":    {},
	} {
		d := open(t, func(o *cached.Options) { o.Visible = false })
		d.compute = func(context.Context) *graphql.Response { return &answer }
		d.ask(t.Context(), shop, nil)
		d.ask(t.Context(), shop, nil)
		require.EqualValues(t, 2, d.computed.Load(), name)
	}
}

func TestAnAnswerOfBeforeAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	d := open(t)
	plain := d.compute
	d.compute = func(ctx context.Context) *graphql.Response {
		answer := plain(ctx)
		d.ledger.Drop("sto_1") // committed and told of between the read and the keeping
		return answer
	}
	d.ask(t.Context(), shop, nil)
	d.compute = plain
	_, hit := d.ask(t.Context(), shop, nil)
	require.False(t, hit)
	_, hit = d.ask(t.Context(), shop, nil)
	require.True(t, hit)
	d.ledger.Drop("sto_2")
	_, hit = d.ask(t.Context(), shop, nil)
	require.True(t, hit, "it did not read that")
	d.ledger.Drop("sto_1")
	_, hit = d.ask(t.Context(), shop, nil)
	require.False(t, hit)
}

func TestEqualQuestionsAreComputedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		gate := make(chan struct{})
		plain := d.compute
		d.compute = func(ctx context.Context) *graphql.Response {
			<-gate
			return plain(ctx)
		}
		var crowd sync.WaitGroup
		for range 50 {
			crowd.Go(func() { d.ask(t.Context(), shop, nil) })
		}
		synctest.Wait()
		close(gate)
		crowd.Wait()
		require.EqualValues(t, 1, d.computed.Load())
		require.Equal(t, 49, d.from(cached.FromFlight))
	})
}

// TestNobodyJoinsAComputationThatIsTooOld is the race of a computation that has read, a change that is
// acknowledged, and somebody who asks then: the answer is from before what they know.
func TestNobodyJoinsAComputationThatIsTooOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		gate, rows := make(chan struct{}), "old"
		d.compute = func(ctx context.Context) *graphql.Response {
			reads.Note(ctx, "sto_1")
			answer := &graphql.Response{Data: []byte(rows)}
			if rows == "old" {
				<-gate
			}
			return answer
		}
		var leader sync.WaitGroup
		leader.Go(func() { d.ask(t.Context(), shop, nil) })
		synctest.Wait()
		rows = "new"
		d.ledger.Drop("sto_1")
		var late string
		leader.Go(func() { late, _ = d.ask(t.Context(), shop, nil) })
		synctest.Wait()
		close(gate)
		leader.Wait()
		require.Equal(t, "new", late)
	})
}

func TestAComputationThatBreaksHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		gate := make(chan struct{})
		plain := d.compute
		var first sync.Once
		d.compute = func(ctx context.Context) *graphql.Response {
			broken := false
			first.Do(func() { broken = true })
			if broken {
				<-gate
				panic("broken")
			}
			return plain(ctx)
		}
		var crowd sync.WaitGroup
		crowd.Go(func() {
			defer func() { _ = recover() }()
			d.ask(t.Context(), shop, nil)
		})
		synctest.Wait()
		var data string
		crowd.Go(func() { data, _ = d.ask(t.Context(), shop, nil) })
		synctest.Wait()
		close(gate)
		crowd.Wait()
		require.NotEmpty(t, data)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	d := open(t, func(o *cached.Options) { o.MaxBytes = 100_000 })
	d.compute = func(context.Context) *graphql.Response {
		return &graphql.Response{Data: []byte(strings.Repeat("x", 9_000))}
	}
	const query = `query($id: ID) { shop(id: $id) { name } }`
	kept := func(id int) bool {
		_, hit := d.ask(t.Context(), query, map[string]any{"id": id})
		return hit
	}
	for id := range 30 {
		require.False(t, kept(id))
		kept(0)
	}
	require.True(t, kept(0), "it is asked for again and again")
	require.True(t, kept(29))
	require.False(t, kept(5), "what was used longest ago went")
	require.LessOrEqual(t, d.Bytes(), int64(100_000))
	require.Greater(t, d.Bytes(), int64(80_000))

	d.compute = func(context.Context) *graphql.Response {
		return &graphql.Response{Data: []byte(strings.Repeat("x", 200_000))}
	}
	require.False(t, kept(100))
	require.False(t, kept(100), "larger than all the room")
}

func TestNothingIsServedOnTrustThatIsNotThere(t *testing.T) {
	t.Parallel()
	d := open(t, func(o *cached.Options) { o.Ledger = reads.NewSharedLedger() })
	for range 3 {
		_, hit := d.ask(t.Context(), shop, nil)
		require.False(t, hit)
	}
	require.EqualValues(t, 3, d.computed.Load())
}

// TestReadersSeeWhatWritersWereTold lets writers and readers run against each other: whoever has been told
// that a change is done reads it, or a later one.
func TestReadersSeeWhatWritersWereTold(t *testing.T) {
	t.Parallel()
	d := open(t)
	var row, acknowledged atomic.Int64
	d.compute = func(ctx context.Context) *graphql.Response {
		reads.Note(ctx, "sto_1")
		return &graphql.Response{Data: fmt.Append(nil, row.Load())}
	}
	readSince := func(least int64) {
		data, _ := d.ask(t.Context(), shop, nil)
		var seen int64
		if _, err := fmt.Sscan(data, &seen); err != nil || seen < least {
			t.Errorf("read %s after %d was acknowledged", data, least)
		}
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		writers.Go(func() {
			for range 2_000 {
				written := row.Add(1)
				d.ledger.Drop("sto_1")
				for at := acknowledged.Load(); at < written && !acknowledged.CompareAndSwap(at, written); {
					at = acknowledged.Load()
				}
				readSince(written)
				readSince(written)
			}
		})
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					readSince(acknowledged.Load())
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	require.Positive(t, d.from(cached.FromMemory)+d.from(cached.FromFlight), "some were kept ones")
}
