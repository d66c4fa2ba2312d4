package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// subscribers is how many listen at once: N-10.
const subscribers = 3000

// dialers is how many connect at the same time, so that nobody waits too long to be let in.
const dialers = 64

// hearing is called with each event that somebody hears: the JSON of the execution result.
type hearing func(event []byte)

// listen opens a live field for somebody until ctx ends, and returns when the server has begun to
// answer: over SSE with the headers of the stream, over a WebSocket with connection_ack.
type listen func(ctx context.Context, call Call, hear hearing) error

// Everybody who watches a coupon hears of each change of its stock, and everybody who claims hears of
// their claim, quickly: N-10.
func TestLive(t *testing.T) {
	if !*figures {
		t.Skip("only with -figures")
	}
	states := &Table{Title: "3,000 watch one coupon, 100 changes of its stock", Head: []string{
		"on", "over", "average ms", "p50", "p99", "max", "CPU ms a delivery: Moa + PostgreSQL + Redis",
	}}
	logs := &Table{Title: "3,000 triggers to 3,000 subscribers, each hears of its own (N-10)", Head: []string{
		"on", "over", "trigger: average ms", "p99", "max", "triggers/s", "heard after: average ms", "p99", "max", "CPU ms a trigger: Moa + PostgreSQL + Redis",
	}}
	each(t, func(t *testing.T, g ground) {
		town := found(t, g)
		town.run(t, "import", "stores", "testdata/stores.csv")
		tokens := town.seed(t, subscribers)
		town.open(t, g)
		for _, way := range []struct {
			name   string
			listen listen
		}{{"WebSocket", overSocket}, {"SSE", overStream}} {
			t.Run(way.name, func(t *testing.T) {
				m := medians(town.watchStock(t, way.listen, tokens))
				states.Add(g.name, way.name, Milliseconds(m.latency.Mean), Milliseconds(m.latency.P50),
					Milliseconds(m.latency.P99), Milliseconds(m.latency.Max), m.spent.String())
				triggers, heard := town.watchClaims(t, way.listen, tokens)
				trigger, m := medians(triggers), medians(heard)
				logs.Add(g.name, way.name, Milliseconds(trigger.latency.Mean), Milliseconds(trigger.latency.P99), Milliseconds(trigger.latency.Max),
					fmt.Sprintf("%.0f", trigger.rate), Milliseconds(m.latency.Mean), Milliseconds(m.latency.P99), Milliseconds(m.latency.Max), trigger.spent.String())
				require.LessOrEqual(t, trigger.latency.Mean, 534*time.Millisecond, "N-10")
				require.LessOrEqual(t, m.latency.Mean, 534*time.Millisecond, "N-10, until it is heard")
			})
		}
	})
	printTable(t, states)
	printTable(t, logs)
}

// audience lets everybody listen until leave is called; hear is told who hears what.
func (town *town) audience(t *testing.T, how listen, tokens []string, query string, variables map[string]any, hear func(i int, event []byte)) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	text := body(t, query, variables)
	var dialing errgroup.Group
	dialing.SetLimit(dialers)
	for i, token := range tokens {
		dialing.Go(func() error {
			call := Call{URL: town.urls[i%len(town.urls)], Token: token, Body: text}
			return how(ctx, call, func(event []byte) { hear(i, event) })
		})
	}
	err := dialing.Wait()
	if err != nil {
		cancel()
	}
	require.NoError(t, err)
	return cancel
}

// watchStock lets everybody watch one coupon while its quantity changes a hundred times, each change
// after everybody has heard of the last. The latency counts from when the change was asked for.
func (town *town) watchStock(t *testing.T, how listen, tokens []string) []run {
	t.Helper()
	const changes, stock = 100, 1000
	coupon := town.publish(t, stock)
	var round atomic.Pointer[round]
	round.Store(newRound(stock, len(tokens)))
	leave := town.audience(t, how, tokens, `subscription($id: ID!) { couponStock(couponId: $id) { remaining } }`,
		map[string]any{"id": coupon}, func(i int, event []byte) { round.Load().hear(i, event) })
	defer leave()
	round.Load().wait(t)
	var runs []run
	quantity := stock
	for range repeats() {
		before, begun := town.spent(t), time.Now()
		var times []time.Duration
		for range changes {
			quantity++
			now := newRound(quantity, len(tokens))
			round.Store(now)
			town.ask(t, town.admin, `mutation($id: ID!, $q: Int!) { updateCoupon(input: {id: $id, quantity: $q}) { coupon { id } userErrors { code } } }`,
				map[string]any{"id": coupon, "q": quantity}, nil)
			times = append(times, now.wait(t)...)
		}
		took := time.Since(begun)
		runs = append(runs, run{Summarize(times), float64(len(times)) / took.Seconds(), town.spent(t).since(before).each(len(times))})
	}
	return runs
}

// round is one change that everybody is to hear of.
type round struct {
	begun time.Time
	mark  []byte // what tells this change's event from others
	heard []atomic.Int64
	left  atomic.Int64
	done  chan struct{}
}

func newRound(remaining, people int) *round {
	r := &round{
		begun: time.Now(), mark: fmt.Appendf(nil, `"remaining":%d}`, remaining),
		heard: make([]atomic.Int64, people), done: make(chan struct{}),
	}
	r.left.Store(int64(people))
	return r
}

// hear notes when somebody first hears of the change.
func (r *round) hear(i int, event []byte) {
	if !bytes.Contains(event, r.mark) || !r.heard[i].CompareAndSwap(0, int64(max(1, time.Since(r.begun)))) {
		return
	}
	if r.left.Add(-1) == 0 {
		close(r.done)
	}
}

// wait waits until everybody has heard, and returns how long each waited.
func (r *round) wait(t *testing.T) []time.Duration {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		require.FailNow(t, "not everybody hears", "%d do not hear %s", r.left.Load(), r.mark)
	}
	times := make([]time.Duration, len(r.heard))
	for i := range r.heard {
		times[i] = time.Duration(r.heard[i].Load())
	}
	return times
}

// watchClaims lets everybody listen for their own claims, while 100 at a time claim a coupon. It
// returns how long the claims took, and how long after each was asked for it was heard.
func (town *town) watchClaims(t *testing.T, how listen, tokens []string) (triggers, heard []run) {
	t.Helper()
	var mu sync.Mutex
	var at []time.Time
	var missing sync.WaitGroup
	leave := town.audience(t, how, tokens, `subscription { couponClaimed { reset claim { id } } }`, nil, func(i int, event []byte) {
		mu.Lock()
		defer mu.Unlock()
		if bytes.Contains(event, []byte(`"reset":false`)) && at[i].IsZero() {
			at[i] = time.Now()
			missing.Done()
		}
	})
	defer leave()
	for range repeats() {
		coupon := town.publish(t, len(tokens))
		calls := town.claims(t, race{}, coupon, tokens)
		mu.Lock()
		at = make([]time.Time, len(tokens))
		mu.Unlock()
		missing.Add(len(tokens))
		before := town.spent(t)
		replies, took := town.driver.Flood(t.Context(), 100, calls)
		requireOutcomes(t, race{users: len(tokens), stock: len(tokens)}, replies)
		requireAll(t, &missing)
		used := town.spent(t).since(before).each(len(replies))
		var asked, told []time.Duration
		for i, reply := range replies {
			asked, told = append(asked, reply.Latency), append(told, at[i].Sub(reply.Begun))
		}
		triggers = append(triggers, run{Summarize(asked), float64(len(replies)) / took.Seconds(), used})
		heard = append(heard, run{latency: Summarize(told)})
	}
	return triggers, heard
}

// requireAll waits until nobody is missing.
func requireAll(t *testing.T, missing *sync.WaitGroup) {
	t.Helper()
	done := make(chan struct{})
	go func() { missing.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		require.FailNow(t, "not everybody hears of their claim")
	}
}

// overStream listens over server-sent events.
func overStream(ctx context.Context, call Call, hear hearing) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+call.Token)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		return fmt.Errorf("the stream was refused: %s", response.Status)
	}
	go func() {
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if event, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:")); ok {
				hear(event)
			}
		}
	}()
	return nil
}

// overSocket listens over graphql-transport-ws.
func overSocket(ctx context.Context, call Call, hear hearing) error {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience}
	conn, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(call.URL, "http"), nil)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	var ack struct{ Type string }
	err = conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]string{"authorization": "Bearer " + call.Token}})
	if err == nil {
		err = conn.ReadJSON(&ack)
	}
	if err == nil && ack.Type != "connection_ack" {
		err = fmt.Errorf("%q instead of connection_ack", ack.Type)
	}
	if err == nil {
		err = conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": json.RawMessage(call.Body)})
	}
	if err != nil {
		return err
	}
	go func() {
		for {
			_, message, err := conn.ReadMessage()
			switch {
			case err != nil:
				return
			case bytes.Contains(message, []byte(`"type":"ping"`)):
				_ = conn.WriteJSON(map[string]string{"type": "pong"}) // a broken socket ends the next read
			default:
				hear(message)
			}
		}
	}()
	return nil
}
