package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/server"
	"github.com/moa-bff/moa/test/testkit"
)

// cuts is how often a client loses its link.
const cuts = 100

// TestResume cuts the links of two clients a hundred times at random moments, in the middle of real
// publications and claims. They come back with the last cursor that they have got, over WebSocket or SSE, to
// any replica, and see every event of their log once and in order.
func TestResume(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t testing.TB) []*moa{
		"one process":  func(t testing.TB) []*moa { return []*moa{start(t, "MOA_LIMIT_VIEWER_RATE=1000000")} },
		"two replicas": twoReplicas,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			all := open(t)
			coupon := all[0].someCoupon(t)
			store := all[0].guest().must(t, `query($id: ID!) { coupon(id: $id) { store { id } } }`, map[string]any{"id": coupon}).get(t, "coupon.store.id").(string)
			market := &market{admin: all[0].as(t, "admin"), fan: all[len(all)-1].as(t, "sora"), store: store}
			published := &traveller{
				all: all, random: rand.New(rand.NewPCG(seed, 1)), field: "couponPublished",
				query:     `subscription($store: ID!, $after: Cursor) { couponPublished(storeId: $store, after: $after) { cursor reset coupon { id } } }`,
				variables: map[string]any{"store": store},
			}
			claimed := &traveller{
				all: all, random: rand.New(rand.NewPCG(seed, 2)), field: "couponClaimed", token: market.fan.token,
				query:     `subscription($after: Cursor) { couponClaimed(after: $after) { cursor reset coupon: claim { id } } }`,
				variables: map[string]any{},
			}
			var travels sync.WaitGroup
			for _, one := range []*traveller{published, claimed} {
				travels.Go(func() { one.err = one.travel() })
			}
			done := make(chan struct{})
			go func() { travels.Wait(); close(done) }()
			for over := false; !over; {
				market.trade(t)
				select {
				case <-done:
					over = true
				default:
				}
			}
			require.NoError(t, published.err)
			require.NoError(t, claimed.err)
			published.requireAll(t, market.coupons)
			claimed.requireAll(t, market.claims)
		})
	}
}

// twoReplicas runs two Moas on one PostgreSQL and one Redis, with the demo neighbourhood.
func twoReplicas(t testing.TB) []*moa {
	t.Helper()
	settings := []string{
		"MOA_DATABASE_URL=" + testkit.PostgresDatabase(t), "MOA_REDIS_URL=redis://" + redisServer(t),
		"MOA_TOKEN_KEY=" + strings.Repeat("k", 32), "MOA_VAULT_KEY=" + vaultKey("k"), "MOA_LIMIT_ADDRESS_RATE=1000000", "MOA_LIMIT_VIEWER_RATE=1000000",
	}
	seed := server.Process{Args: []string{"seed"}, Environ: append([]string{"MOA_LOG_LEVEL=error"}, settings...), Stdout: io.Discard, Stderr: io.Discard}
	require.NoError(t, server.Main(t.Context(), seed))
	return []*moa{start(t, settings...), start(t, settings...)}
}

// market makes news: coupons of a store, and claims of somebody.
type market struct {
	admin, fan      client
	store           string
	coupons, claims []string // in the order of their making
}

func (m *market) trade(t testing.TB) {
	t.Helper()
	now := time.Now()
	made := m.admin.must(t, `mutation($input: CreateCouponInput!) { createCoupon(input: $input) { coupon { id } userErrors { code } } }`, map[string]any{"input": map[string]any{
		"storeId": m.store, "title": "resume", "quantity": 5, "discount": map[string]any{"kind": "AMOUNT", "value": 1000},
		"startsAt": now, "endsAt": now.Add(time.Hour), "expiresAt": now.Add(time.Hour),
	}})
	id := made.get(t, "createCoupon.coupon.id").(string)
	m.coupons = append(m.coupons, id)
	claim := m.fan.must(t, `mutation($id: ID!) { claimCoupon(input: {couponId: $id}) { claim { id } userErrors { code } } }`, map[string]any{"id": id})
	m.claims = append(m.claims, claim.get(t, "claimCoupon.claim.id").(string))
}

// traveller follows a log over links that break.
type traveller struct {
	all       []*moa
	random    *rand.Rand
	field     string
	query     string
	variables map[string]any
	token     string

	cursor string
	seen   []string
	err    error
}

// travel follows the log until the links have been cut often enough and something was seen since.
func (v *traveller) travel() error {
	for range cuts {
		if err := v.ride(v.cursor == "", time.Duration(v.random.IntN(40_000))*time.Microsecond); err != nil {
			return err
		}
	}
	return v.ride(true, 0)
}

// ride follows the log over one link until that is cut after a while; when it must see something, not
// before it has.
func (v *traveller) ride(see bool, length time.Duration) error {
	m, ride := v.all[v.random.IntN(len(v.all))], v.overSocket
	if v.random.IntN(2) == 0 {
		ride = v.overStream
	}
	body := map[string]any{"query": v.query, "variables": v.variables}
	if v.cursor != "" {
		v.variables["after"] = v.cursor
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	link, next, err := ride(m, text)
	if err != nil {
		return err
	}
	defer link.Close()
	if !see {
		defer time.AfterFunc(length, func() { _ = link.Close() }).Stop()
	}
	for {
		payload, err := next()
		if err != nil && see {
			return fmt.Errorf("a link that nobody cut: %w", err)
		}
		if err != nil {
			return nil // it was cut
		}
		if err := v.take(payload); err != nil || see {
			return err
		}
	}
}

// take notes an event.
func (v *traveller) take(payload []byte) error {
	var event struct {
		Data map[string]struct {
			Cursor string
			Reset  bool
			Coupon *struct{ ID string }
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return err
	}
	got, ok := event.Data[v.field]
	if !ok || got.Reset || got.Coupon == nil {
		return fmt.Errorf("%s: %s", v.field, payload)
	}
	v.cursor, v.seen = got.Cursor, append(v.seen, got.Coupon.ID)
	return nil
}

// requireAll demands that what was seen is what happened, from the first event that was seen to the last.
func (v *traveller) requireAll(t testing.TB, happened []string) {
	t.Helper()
	require.Greater(t, len(v.seen), cuts/10, "too little happened")
	for i, id := range happened {
		if id == v.seen[0] {
			require.GreaterOrEqual(t, len(happened)-i, len(v.seen))
			require.Equal(t, happened[i:i+len(v.seen)], v.seen, v.field)
			return
		}
	}
	require.Fail(t, "the first event never happened", v.seen[0])
}

// overStream opens a link of server-sent events.
func (v *traveller) overStream(m *moa, body []byte) (link io.Closer, next func() ([]byte, error), err error) {
	request, err := http.NewRequest(http.MethodPost, m.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewReader(response.Body)
	return response.Body, func() ([]byte, error) {
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return nil, err
			}
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				return data, nil
			}
		}
	}, nil
}

// overSocket opens a link over graphql-transport-ws.
func (v *traveller) overSocket(m *moa, body []byte) (link io.Closer, next func() ([]byte, error), err error) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, response, err := dialer.Dial(strings.Replace(m.url, "http", "ws", 1)+"/graphql", nil)
	if err != nil {
		return nil, nil, err
	}
	_ = response.Body.Close()
	payload := map[string]string{}
	if v.token != "" {
		payload["authorization"] = "Bearer " + v.token
	}
	var ack message
	err = conn.WriteJSON(map[string]any{"type": "connection_init", "payload": payload})
	if err == nil {
		err = conn.ReadJSON(&ack)
	}
	if err == nil {
		err = conn.WriteJSON(message{ID: "1", Type: "subscribe", Payload: body})
	}
	return conn, func() ([]byte, error) {
		for {
			var m message
			if err := conn.ReadJSON(&m); err != nil {
				return nil, err
			}
			if m.Type != "ping" {
				return m.Payload, nil
			}
		}
	}, err
}
