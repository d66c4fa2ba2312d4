package trinotest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// query is one statement on its way through the pages of its answer.
type query struct {
	answer    Answer
	asker     string // who may read on
	cancelled chan struct{}
	id, slug  string

	// Guarded by the server.
	busy   int // of the page that is asked for next
	dead   bool
	latest int
}

func asker(r *http.Request) string {
	return r.Header.Get("X-Trino-User") + "\n" + r.Header.Get("Authorization")
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{
		"nodeVersion": map[string]any{"version": "476"}, "environment": "test",
		"coordinator": true, "starting": false, "uptime": "1.00m",
	})
}

// submit takes a statement, or not.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.refuse(w, http.StatusBadRequest)
		return
	}
	statement, err := readStatement(r, string(body))
	if err != nil {
		s.refuse(w, http.StatusBadRequest)
		return
	}
	answer := s.answer(statement)
	s.mu.Lock()
	busy := s.busy < answer.Busy
	if busy {
		s.busy++
	} else {
		s.busy = 0
		s.statements = append(s.statements, statement)
	}
	s.mu.Unlock()
	switch {
	case busy:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case answer.Status != 0:
		http.Error(w, "Authentication failed: "+r.Header.Get("Authorization"), answer.Status)
		return
	}
	q := &query{answer: answer, asker: asker(r), busy: answer.BusyPages, cancelled: make(chan struct{}), id: rand.Text(), slug: rand.Text()}
	s.mu.Lock()
	s.queries[q.id] = q
	s.mu.Unlock()
	write(w, s.page(q, "QUEUED", 1))
}

// next answers with one page. That a client asks for the latest page once more is part of the protocol.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	q, token, status := s.find(r)
	if status != http.StatusOK {
		s.refuse(w, status)
		return
	}
	s.mu.Lock()
	busy := q.busy > 0
	switch {
	case busy:
		q.busy--
	case token > q.latest:
		q.busy, q.latest = q.answer.BusyPages, token
	}
	s.mu.Unlock()
	if busy {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	at := token - 1
	if at < q.answer.Queued {
		write(w, s.page(q, "QUEUED", token+1))
		return
	}
	if at -= q.answer.Queued; at < len(q.answer.Pages) {
		page := s.page(q, "RUNNING", token+1)
		page["data"] = q.answer.Pages[at]
		write(w, page)
		return
	}
	s.last(w, r, q)
}

// last ends the query, if it ends.
func (s *Server) last(w http.ResponseWriter, r *http.Request, q *query) {
	if q.answer.Stall || q.answer.Hold != nil {
		signal(s.stalled, q.id)
		select {
		case <-q.answer.Hold: // never, where it only stalls
		case <-q.cancelled:
			w.WriteHeader(http.StatusNotFound)
			return
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
	if q.answer.Error != nil {
		page := s.page(q, "FAILED", 0)
		page["error"] = q.answer.Error.wire()
		write(w, page)
		return
	}
	write(w, s.page(q, "FINISHED", 0))
}

// cancel gives a query up.
func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	q, _, status := s.find(r)
	if status != http.StatusOK {
		s.refuse(w, status)
		return
	}
	s.mu.Lock()
	q.dead = true
	delete(s.queries, q.id)
	s.mu.Unlock()
	close(q.cancelled)
	signal(s.cancelled, q.id)
	w.WriteHeader(http.StatusNoContent)
}

// find returns the query and the page that a request speaks of, and a status when it may not.
func (s *Server) find(r *http.Request) (*query, int, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[r.PathValue("id")]
	token, err := strconv.Atoi(r.PathValue("token"))
	switch {
	case q == nil || q.dead || err != nil || r.PathValue("slug") != q.slug:
		return nil, 0, http.StatusNotFound
	case asker(r) != q.asker:
		return nil, 0, http.StatusForbidden
	case token < q.latest || token > q.latest+1:
		return nil, 0, http.StatusGone
	}
	return q, token, http.StatusOK
}

// page returns a page without rows, which leads to the page token, or nowhere when that is zero.
func (s *Server) page(q *query, state string, token int) map[string]any {
	page := map[string]any{
		"id":       q.id,
		"infoUri":  s.URL + "/ui/query.html?" + q.id,
		"stats":    map[string]any{"state": state, "queued": state == "QUEUED", "scheduled": state != "QUEUED", "nodes": 1, "elapsedTimeMillis": 1},
		"warnings": []any{},
	}
	if token > 0 {
		door := "executing"
		if token <= q.answer.Queued {
			door = "queued"
		}
		page["nextUri"] = fmt.Sprintf("%s/v1/statement/%s/%s/%s/%d", s.URL, door, q.id, q.slug, token)
	}
	if state != "QUEUED" && len(q.answer.Columns) > 0 {
		columns := make([]map[string]any, len(q.answer.Columns))
		for i, c := range q.answer.Columns {
			columns[i] = c.wire()
		}
		page["columns"] = columns
	}
	return page
}

// refuse answers with a status, and tells the test.
func (s *Server) refuse(w http.ResponseWriter, status int) {
	signal(s.refused, status)
	w.WriteHeader(status)
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	// Who asked has left when this fails; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
