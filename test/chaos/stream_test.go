package chaos_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/test/chaos"
)

// streamed writes an operation for a stream: mostly a live field.
func (c *client) streamed() chaos.Operation {
	if c.chance(0.4) {
		return c.operation(0.02)
	}
	return c.write(ast.Subscription, 0.02, 1)
}

// follow asks over server-sent events and leaves after a while.
func (c *client) follow(ctx context.Context) {
	op := c.streamed()
	body, err := json.Marshal(op)
	if err != nil {
		c.complain("cannot send %+v: %v", op, err)
		return
	}
	left, leave := context.WithTimeout(ctx, time.Duration(c.rand.IntN(1500))*time.Millisecond)
	defer leave()
	r := c.request(left, http.MethodPost, bytes.NewReader(body))
	r.Header.Set("Accept", "text/event-stream")
	response, err := c.http.Do(r)
	if err != nil {
		if !over(left) {
			c.complain("a stream: %v", err)
		}
		return
	}
	defer response.Body.Close()
	c.tally("event stream")
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		c.tally(fmt.Sprintf("status %d", response.StatusCode))
		return
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 8<<20)
	complete, data := false, ""
	for lines.Scan() {
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			data = text
		}
		// An event counts with its empty line: of one in the middle of which the client has left there is a part.
		if line == "" && data != "" {
			c.tally("event")
			a := c.response(&op, []byte(data))
			c.harvest(a.Data)
			data = ""
		}
		complete = complete || line == "event: complete"
	}
	if !complete && !over(left) {
		c.complain("a stream that is over does not say so (%v): %s", lines.Err(), show(&op))
	}
}

// message is a message of graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// closeCodes are those that a server may end a conversation with.
var closeCodes = []int{1000, 1001, 1008, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429}

// conversation is one socket.
type conversation struct {
	*client
	conn *websocket.Conn
	cut  bool // by the client; set before the connection is closed

	mu   sync.Mutex
	ops  map[string]*chaos.Operation
	over map[string]bool
	idle *sync.Cond // told at each end of an operation, and when reading ends
	done bool
}

// converse opens a socket, does several things at once on it and goes, not always politely.
func (c *client) converse(ctx context.Context) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: answerTime}
	conn, response, err := dialer.DialContext(ctx, strings.Replace(c.url, "http", "ws", 1)+"/graphql", http.Header{"X-Forwarded-For": {c.address()}})
	if err != nil {
		if !over(ctx) {
			c.complain("a socket: %v", err)
		}
		return
	}
	_ = response.Body.Close()
	c.tally("socket")
	conn.SetPingHandler(func(string) error { return nil }) // the messages are enough of a sign
	s := &conversation{client: c, conn: conn, ops: map[string]*chaos.Operation{}, over: map[string]bool{}}
	s.idle = sync.NewCond(&s.mu)
	var reading sync.WaitGroup
	reading.Go(s.read)
	s.talk(ctx)
	s.leave()
	reading.Wait()
	_ = conn.Close()
}

// talk says hello and some more.
func (s *conversation) talk(ctx context.Context) {
	hello := map[string]any{}
	if token := s.credentials(); token != "" {
		hello["authorization"] = "Bearer " + token
	}
	s.say("", "connection_init", hello)
	for i := range s.rand.IntN(12) {
		if ctx.Err() != nil || s.isDone() {
			return
		}
		switch n := s.rand.Float64(); {
		case n < 0.70:
			s.subscribe(fmt.Sprint(i), s.streamed())
		case n < 0.80:
			s.cancel(fmt.Sprint(s.rand.IntN(i + 1)))
		case n < 0.86:
			s.say("", "ping", map[string]any{"a": s.author.Text()})
		case n < 0.87:
			s.subscribe(fmt.Sprint(s.rand.IntN(i+1)), s.streamed()) // perhaps a duplicate
		case n < 0.89:
			_ = s.conn.WriteMessage(websocket.TextMessage, []byte(s.author.Text()))
		case n < 0.90:
			s.say("", "connection_init", nil)
		default:
			s.pause(ctx)
		}
	}
	s.pause(ctx)
}

// pause lets the server speak for a moment.
func (s *conversation) pause(ctx context.Context) {
	select {
	case <-time.After(time.Duration(s.rand.IntN(400)) * time.Millisecond):
	case <-ctx.Done():
	}
}

func (s *conversation) say(id, kind string, payload any) {
	m := map[string]any{"type": kind}
	if id != "" {
		m["id"] = id
	}
	if payload != nil {
		m["payload"] = payload
	}
	_ = s.conn.WriteJSON(m) // the reader learns why, if the server has hung up
}

func (s *conversation) subscribe(id string, op chaos.Operation) {
	s.mu.Lock()
	if s.ops[id] == nil {
		s.ops[id] = &op
	}
	op, s.over[id] = *s.ops[id], false // the same again under the same id, to know what the answer is to
	s.mu.Unlock()
	s.say(id, "subscribe", op)
}

// cancel ends an operation, after which the server owes no word of it.
func (s *conversation) cancel(id string) {
	s.mu.Lock()
	s.over[id] = true
	s.mu.Unlock()
	s.say(id, "complete", nil)
}

func (s *conversation) isDone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// leave waits for what must end, says goodbye, or just goes.
func (s *conversation) leave() {
	polite := s.chance(0.5)
	s.mu.Lock()
	s.cut = !polite
	if polite && s.chance(0.5) {
		overdue := time.AfterFunc(answerTime, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			for id, op := range s.ops {
				if !s.done && !s.over[id] && !strings.HasPrefix(op.Query, "subscription") {
					s.complain("no end of %s", show(op))
				}
			}
			s.done = true
			s.idle.Broadcast()
		})
		for !s.done && s.pending() {
			s.idle.Wait()
		}
		overdue.Stop()
	}
	s.mu.Unlock()
	if polite {
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		_ = s.conn.SetReadDeadline(time.Now().Add(answerTime))
		return
	}
	_ = s.conn.NetConn().Close()
}

// pending reports whether an operation runs that must end by itself. It needs the lock.
func (s *conversation) pending() bool {
	for id, op := range s.ops {
		if !s.over[id] && !strings.HasPrefix(op.Query, "subscription") {
			return true
		}
	}
	return false
}

// read judges what comes until the socket ends.
func (s *conversation) read() {
	for {
		var m message
		err := s.conn.ReadJSON(&m)
		if err != nil {
			s.ended(err)
			return
		}
		s.heard(m)
	}
}

func (s *conversation) ended(err error) {
	s.mu.Lock()
	s.done = true
	s.idle.Broadcast()
	cut := s.cut
	s.mu.Unlock()
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && slices.Contains(closeCodes, closed.Code):
		s.tally(fmt.Sprintf("close %d", closed.Code))
	case !cut:
		s.complain("a socket ended with %v", err)
	}
}

func (s *conversation) heard(m message) {
	s.mu.Lock()
	op := s.ops[m.ID]
	if m.Type == "error" || m.Type == "complete" {
		s.over[m.ID] = true
		s.idle.Broadcast()
	}
	s.mu.Unlock()
	switch {
	case m.Type == "connection_ack" || m.Type == "ping" || m.Type == "pong":
		return
	case op == nil:
		s.complain("a message for nobody: %+v", m)
		return
	}
	s.tally("message " + m.Type)
	switch m.Type {
	case "next":
		a := s.response(op, m.Payload)
		s.harvest(a.Data)
	case "error":
		var errs []chaos.Error
		if err := json.Unmarshal(m.Payload, &errs); err != nil || len(errs) == 0 {
			s.complain("an error message without errors: %s", m.Payload)
		}
		s.errors(op, errs)
	case "complete":
	default:
		s.complain("a message of no protocol: %+v", m)
	}
}
