package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// stream is one subscription over a socket of its own.
type stream struct{ conn *websocket.Conn }

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// subscribe opens a live field over graphql-transport-ws.
func (c client) subscribe(t testing.TB, query string, variables map[string]any) stream {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, response, err := dialer.Dial(strings.Replace(c.url, "http", "ws", 1)+"/graphql", http.Header{})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	s := stream{conn}
	payload := map[string]any{}
	if c.token != "" {
		payload["authorization"] = "Bearer " + c.token
	}
	s.send(t, message{Type: "connection_init", Payload: marshal(t, payload)})
	require.Equal(t, "connection_ack", s.read(t).Type)
	s.send(t, message{ID: "1", Type: "subscribe", Payload: marshal(t, map[string]any{"query": query, "variables": variables})})
	return s
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

func (s stream) send(t testing.TB, m message) {
	t.Helper()
	require.NoError(t, s.conn.WriteJSON(m))
}

// read returns the next message that is no ping.
func (s stream) read(t testing.TB) message {
	t.Helper()
	for {
		require.NoError(t, s.conn.SetReadDeadline(time.Now().Add(20*time.Second)))
		var m message
		require.NoError(t, s.conn.ReadJSON(&m))
		if m.Type != "ping" {
			return m
		}
		s.send(t, message{Type: "pong"})
	}
}

// next returns the next event.
func (s stream) next(t testing.TB) answer {
	t.Helper()
	m := s.read(t)
	var a answer
	if m.Type == "error" {
		require.NoError(t, json.Unmarshal(m.Payload, &a.Errors))
		return a
	}
	require.Equal(t, "next", m.Type, "%s", m.Payload)
	require.NoError(t, json.Unmarshal(m.Payload, &a))
	return a
}

func (s stream) close(t testing.TB) {
	t.Helper()
	require.NoError(t, s.conn.Close())
}
