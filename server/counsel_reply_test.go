package server_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// TestRepliesAreTheSameOverSocketsAndStreams lets a model say one word at a time, to a listener over WebSocket
// and to one over server-sent events.
func TestRepliesAreTheSameOverSocketsAndStreams(t *testing.T) {
	t.Parallel()
	comfort, advice := make(chan struct{}), make(chan struct{})
	m := start(t, models(t, byVoice(
		llmtest.Answer{Deltas: []string{"많이 ", "힘드셨", "겠어요."}, Gate: comfort},
		llmtest.Answer{Deltas: []string{"먼저 ", "쉬어 보세요."}, Gate: advice},
	))...)
	guest, session := m.guest().worry(t, "고민이에요")
	socket, stream := guest.subscribe(t, hearReply, map[string]any{"s": session}), guest.follow(t, hearReply, map[string]any{"s": session})
	overSocket, overStream := &heard{}, &heard{}
	for _, gate := range []chan struct{}{comfort, advice, comfort, advice, comfort} {
		gate <- struct{}{}
		require.Equal(t, overSocket.take(t, socket.next(t)), overStream.take(t, stream.next(t)))
	}
	overSocket.untilEnds(t, 2, socket.next)
	overStream.untilEnds(t, 2, stream.next)
	require.Equal(t, map[string]string{"FEELING": "많이 힘드셨겠어요.", "THINKING": "먼저 쉬어 보세요."}, overSocket.texts)
	require.Equal(t, map[string]string{"FEELING": "COMPLETED", "THINKING": "COMPLETED"}, overSocket.ends)
	require.Equal(t, overSocket.events, overStream.events, "to the byte, cursors included")
	socket.close(t)

	late := &heard{}
	again := guest.subscribe(t, hearReply, map[string]any{"s": session})
	late.untilEnds(t, 2, again.next)
	require.Equal(t, overSocket.texts, late.texts, "who comes late hears all of it")
	again.close(t)
}

// TestAListenerComesBackOverAnotherTransport loses its socket in the middle of a reply and goes on over
// server-sent events, from the cursor that it has.
func TestAListenerComesBackOverAnotherTransport(t *testing.T) {
	t.Parallel()
	comfort, advice := make(chan struct{}), make(chan struct{})
	m := start(t, models(t, byVoice(
		llmtest.Answer{Deltas: []string{"하나 ", "둘 ", "셋 ", "넷"}, Gate: comfort},
		llmtest.Answer{Deltas: []string{"가 ", "나 ", "다 ", "라"}, Gate: advice},
	))...)
	user, session := m.as(t, "user").worry(t, "고민이에요")
	h := &heard{}
	socket := user.subscribe(t, hearReply, map[string]any{"s": session})
	comfort <- struct{}{}
	h.take(t, socket.next(t))
	advice <- struct{}{}
	h.take(t, socket.next(t))
	socket.close(t)

	comfort <- struct{}{} // nobody listens
	stream := user.follow(t, hearReply, map[string]any{"s": session, "after": h.cursor})
	close(comfort)
	close(advice)
	h.untilEnds(t, 2, stream.next)
	require.Equal(t, map[string]string{"FEELING": "하나 둘 셋 넷", "THINKING": "가 나 다 라"}, h.texts, "without a gap, nothing twice")
	require.Zero(t, h.resets)

	unknown := user.subscribe(t, hearReply, map[string]any{"s": session, "after": "elsewhere"})
	require.Equal(t, "INVALID_ARGUMENT", unknown.next(t).code())
	unknown.close(t)
}

// TestRepliesBecomeWholeWhileMoaEnds asks Moa to end in the middle of a reply: the model says the rest, and the
// next Moa on the same rows has all of it.
func TestRepliesBecomeWholeWhileMoaEnds(t *testing.T) {
	t.Parallel()
	comfort, advice := make(chan struct{}), make(chan struct{})
	words := []string{"처음 ", "끝"}
	settings := append(models(t, byVoice(llmtest.Answer{Deltas: words, Gate: comfort}, llmtest.Answer{Deltas: words, Gate: advice})), "MOA_DATA_DIR="+t.TempDir())
	m, stop := run(t, slog.New(slog.DiscardHandler), settings...)
	user, session := m.as(t, "user").worry(t, "고민이에요")
	s := user.subscribe(t, hearReply, map[string]any{"s": session})
	h := &heard{}
	for _, gate := range []chan struct{}{comfort, advice} {
		gate <- struct{}{}
		h.take(t, s.next(t))
	}
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	for { // until the socket is told to come back
		if _, _, err := s.conn.ReadMessage(); err != nil {
			break
		}
	}
	close(comfort)
	close(advice)
	<-ended

	next := start(t, settings...)
	kept := client{moa: next, token: user.token}.must(t, wholeTalk, map[string]any{"s": session})
	require.Equal(t, "COMPLETED", kept.get(t, "counselSession.status"))
	require.Equal(t, "처음 끝", kept.get(t, "counselSession.messages.edges.1.node.text"))
	require.Equal(t, "처음 끝", kept.get(t, "counselSession.messages.edges.2.node.text"))
	rest := client{moa: next, token: user.token}.subscribe(t, hearReply, map[string]any{"s": session, "after": h.cursor})
	h.untilEnds(t, 2, rest.next)
	require.Equal(t, map[string]string{"FEELING": "처음 끝", "THINKING": "처음 끝"}, h.texts)
	require.Zero(t, h.resets)
	rest.close(t)
}
