package live

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// state is one execution of a live field that sends the latest only. It ends when the last member has left.
type state struct {
	*computation
	hub   *Hub
	key   key
	first *stateMember

	mu      sync.Mutex // taken after the hub's
	members map[*stateMember]struct{}
	last    *graphql.Response // the latest answer, for newcomers; written by run alone
}

// joinState makes the caller a member of the execution of its kind, begun when it is the first.
func (h *Hub) joinState(ctx context.Context, k key, start graphql.OperationHandler) graphql.ResponseHandler {
	m := newStateMember(ctx, start)
	h.mu.Lock()
	s, known := h.states[k]
	if !known {
		s = &state{computation: newComputation(ctx, h), hub: h, key: k, first: m, members: map[*stateMember]struct{}{}}
		h.states[k] = s
	}
	s.add(m)
	h.mu.Unlock()
	if !known {
		// Beginning must happen here: the executor notes in the caller's goroutine that it has begun.
		s.begin(start)
		go s.run()
	}
	context.AfterFunc(ctx, func() { s.remove(m) })
	return m.next
}

// add needs the hub's lock.
func (s *state) add(m *stateMember) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members[m] = struct{}{}
	if s.last != nil {
		m.offer(s.last)
	}
}

// remove lets a member go; the last one ends the execution.
func (s *state) remove(m *stateMember) {
	s.hub.mu.Lock()
	s.mu.Lock()
	delete(s.members, m)
	empty := len(s.members) == 0
	s.mu.Unlock()
	if empty {
		s.forget() // nobody may join any more
	}
	s.hub.mu.Unlock()
	if empty {
		s.cancel()
	}
	m.end()
}

// forget takes the execution from those that may be joined. It needs the hub's lock.
func (s *state) forget() {
	if s.hub.states[s.key] == s {
		delete(s.hub.states, s.key)
	}
}

// close is forget for those who do not hold the lock.
func (s *state) close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.forget()
}

// run computes the events and hands them out until the subscription ends.
func (s *state) run() {
	defer s.cancel()
	for {
		answer := s.compute()
		if s.reads.Viewer() {
			s.part()
		}
		if answer == nil {
			s.finish()
			return
		}
		s.hand(answer)
	}
}

// part ends the sharing: the execution has asked who is asking, so its answers are those of the member
// that began it. The others begin executions of their own: a state converges, so that loses nothing.
func (s *state) part() {
	s.hub.personal.Add(s.key, struct{}{})
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for m := range s.members {
		if m != s.first {
			delete(s.members, m)
			m.restart()
		}
	}
	if _, stays := s.members[s.first]; !stays {
		s.cancel()
	}
}

// hand gives an answer to every member. It never waits for any of them. What did not change is not said
// again.
func (s *state) hand(executed *graphql.Response) {
	if s.last != nil && len(executed.Errors) == 0 && bytes.Equal(s.last.Data, executed.Data) {
		return
	}
	answer := kept(executed)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = answer
	members := slices.Collect(maps.Keys(s.members))
	spread(len(members), func(i int) { members[i].offer(answer) })
}

// finish tells the members that there is nothing more.
func (s *state) finish() {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for m := range s.members {
		m.end()
	}
	clear(s.members)
}
