package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// stream is an open live field.
type stream struct {
	events chan answer
	ended  chan struct{} // closed after the last event
	how    string        // how it ended; read it after ended
	close  func()
}

func newStream(closing func()) *stream {
	return &stream{events: make(chan answer, 1024), ended: make(chan struct{}), close: closing}
}

// follow reads to the end of the stream with next, which says how it ended with its error.
func (s *stream) follow(next func() (answer, error)) {
	defer close(s.ended)
	for {
		a, err := next()
		if err != nil {
			s.how = err.Error()
			return
		}
		s.events <- a
	}
}

// next returns the next event.
func (s *stream) next() (answer, error) {
	select {
	case a := <-s.events:
		return a, nil
	case <-time.After(patience):
		return answer{}, errors.New("no event came")
	case <-s.ended:
	}
	select {
	case a := <-s.events: // came before the end
		return a, nil
	default:
		return answer{}, fmt.Errorf("the stream has ended: %s", s.how)
	}
}

var errComplete = errors.New("complete")

// listenSSE opens a live field as server-sent events (distinct connections mode of the GraphQL over
// Server-Sent Events protocol).
func listenSSE(c client, document string, variables map[string]any) (*stream, error) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := c.request(ctx, document, variables)
	if err != nil {
		cancel()
		return nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		cancel()
		return nil, err
	}
	s := newStream(func() {
		cancel()
		_ = response.Body.Close() // the stream is given up
	})
	if response.StatusCode != http.StatusOK {
		s.close()
		return nil, fmt.Errorf("the stream was refused: %s", response.Status)
	}
	body := bufio.NewReader(response.Body)
	go s.follow(func() (answer, error) { return nextSSE(body) })
	return s, nil
}

// nextSSE reads the next event. The errors are `end` when the server ends the stream in order without
// a `complete`, and `broken` when the connection is cut.
func nextSSE(body *bufio.Reader) (answer, error) {
	kind := ""
	for {
		line, err := body.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && line == "":
			return answer{}, errors.New("end")
		case err != nil:
			return answer{}, fmt.Errorf("broken: %w", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "event":
			kind = value
		case name == "data" && kind == "complete":
			return answer{}, errComplete
		case name == "data":
			var a answer
			err := json.Unmarshal([]byte(value), &a)
			return a, err
		}
	}
}

// frame is a message of graphql-transport-ws.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// listenSocket opens a live field over a WebSocket of its own (graphql-transport-ws).
func listenSocket(c client, document string, variables map[string]any) (*stream, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience}
	conn, response, err := dialer.Dial(strings.Replace(c.url, "http", "ws", 1)+"/graphql", nil)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close() // an upgraded response has none
	s := newStream(func() { _ = conn.Close() })
	hello := map[string]string{}
	if c.token != "" {
		hello["authorization"] = "Bearer " + c.token
	}
	first, err := json.Marshal(hello)
	if err != nil {
		return nil, err
	}
	subscription, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		conn.WriteJSON(frame{Type: "connection_init", Payload: first}),
		conn.WriteJSON(frame{ID: "1", Type: "subscribe", Payload: subscription}))
	if err != nil {
		s.close()
		return nil, err
	}
	go s.follow(func() (answer, error) { return nextFrame(conn) })
	return s, nil
}

// nextFrame reads the next event. The errors are `closed CODE REASON` when the server closes the
// socket, and `broken` when the connection is cut.
func nextFrame(conn *websocket.Conn) (answer, error) {
	for {
		var f frame
		if err := conn.ReadJSON(&f); err != nil {
			if closed := (&websocket.CloseError{}); errors.As(err, &closed) {
				return answer{}, fmt.Errorf("closed %d %s", closed.Code, closed.Text)
			}
			return answer{}, fmt.Errorf("broken: %w", err)
		}
		var a answer
		switch f.Type {
		case "connection_ack", "pong":
		case "ping":
			if err := conn.WriteJSON(frame{Type: "pong"}); err != nil {
				return a, fmt.Errorf("broken: %w", err)
			}
		case "next":
			return a, json.Unmarshal(f.Payload, &a)
		case "error":
			return a, fmt.Errorf("error %s", f.Payload)
		default:
			return a, errors.New(f.Type)
		}
	}
}
