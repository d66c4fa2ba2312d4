package web_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/moa-bff/moa/web"
)

// policy is the Content-Security-Policy that web/README.md promises to hold.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// script is a server that serves the page and plays a scripted GraphQL API: a
// server without introspection, as production is. What the page sends is handed
// to the test through the channels.
type script struct {
	*httptest.Server

	operations chan operation
	inits      chan map[string]string
	completed  chan string
}

// operation is what the page asked, and as whom.
type operation struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	authorization string
}

func newScript(t *testing.T) *script {
	t.Helper()
	s := &script{
		operations: make(chan operation, 16),
		inits:      make(chan map[string]string, 1),
		completed:  make(chan string, 1),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", serveFile("index.html"))
	mux.HandleFunc("GET /favicon.svg", serveFile("favicon.svg"))
	mux.HandleFunc("GET /graphiql/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		serveFile(path.Join("assets", r.PathValue("name")))(w, r)
	})
	mux.HandleFunc("GET /graphiql/config.json", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, `{"endpoint": "/graphql", "demo": [
			{"label": "가게 사장 · Owner", "email": "owner@moa.example", "password": "moa-demo-1234"}]}`)
	})
	mux.HandleFunc("POST /graphql", s.answer)
	mux.HandleFunc("GET /graphql", s.stream)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func serveFile(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if _, err := fs.Stat(web.GraphiQL(), name); err != nil {
			http.NotFound(w, r)
			return
		}
		http.ServeFileFS(w, r, web.GraphiQL(), name)
	}
}

func (s *script) answer(w http.ResponseWriter, r *http.Request) {
	asked := operation{authorization: r.Header.Get("Authorization")}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch {
	case strings.Contains(asked.Query, "__schema"):
		writeJSON(w, `{"errors": [{"message": "introspection is off"}]}`)
		return
	case strings.Contains(asked.Query, "signIn("):
		writeJSON(w, `{"data": {"signIn": {"session": {"accessToken": "token-1"}, "userErrors": []}}}`)
	default:
		writeJSON(w, `{"data": {"nearby": {"edges": [{"node": {"name": "모아커피",
			"coupons": {"edges": [{"node": {"id": "cpn_1"}}]}}}]}}}`)
	}
	s.operations <- asked
}

// stream speaks just enough graphql-transport-ws for one subscription: two
// events, then it waits for the page to end it.
func (s *script) stream(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"graphql-transport-ws"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	for {
		var message struct {
			ID      string          `json:"id"`
			Type    string          `json:"type"`
			Payload json.RawMessage `json:"payload"`
		}
		if err := conn.ReadJSON(&message); err != nil {
			return
		}
		switch message.Type {
		case "connection_init":
			var payload map[string]string
			_ = json.Unmarshal(message.Payload, &payload)
			s.inits <- payload
			_ = conn.WriteJSON(map[string]any{"type": "connection_ack"})
		case "subscribe":
			var asked operation
			_ = json.Unmarshal(message.Payload, &asked)
			s.operations <- asked
			for _, remaining := range []int{100, 99} {
				stock := map[string]any{"couponStock": map[string]any{"remaining": remaining}}
				_ = conn.WriteJSON(map[string]any{
					"id": message.ID, "type": "next", "payload": map[string]any{"data": stock},
				})
			}
		case "complete":
			s.completed <- message.ID
		}
	}
}

func writeJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(body))
}
