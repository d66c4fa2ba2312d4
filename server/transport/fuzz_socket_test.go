package transport_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/server/transport"
)

// FuzzSocket plays a client's script on a socket over a pipe, in a time of its own. Each line of the script
// is a text message, or one of the commands of [script.play]. Whatever the client does, the server ends the
// conversation in time, with a close code that is documented, and leaves no goroutine behind.
func FuzzSocket(f *testing.F) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) { // fails when a goroutine stays behind
			s := newScript(t, schema)
			s.play(strings.Split(text, "\n"))
			s.end()
			s.check()
		})
	})
}

// The codes that a server may close with whatever the client did: those of graphql-transport-ws, those of
// RFC 6455 for bad frames, and the registry's for a peer that is silent, slow or floods. 4500 is not one
// of them: no client may make the server fail.
var closeCodes = []int{4400, 4401, 4403, 4406, 4408, 4409, 4429, 1001, 1002, 1007, 1008, 1009, 1013}

// socketPatience is how long the server may take to let a silent client go: a keep-alive, the time for its
// answer, a write and the goodbye.
const socketPatience = 40 * time.Second

// script is a conversation, seen from the client.
type script struct {
	t        *testing.T
	conn     net.Conn
	sessions *transport.Sessions
	api      *bareAPI
	gone     chan struct{} // closed when the server has closed the connection
	deaf     atomic.Bool   // the client reads no more
	ended    bool          // by the client: no close frame is owed
	spent    time.Duration
	tried    map[string]int // how often each id was subscribed, at most
	said     []int          // the close codes of the client

	messages []wireMessage // from the server, complete when gone
	closes   []int
	broken   error
}

type wireMessage struct {
	ID      *string         `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// newScript connects over a pipe to a server of its own.
func newScript(t *testing.T, schema *ast.Schema) *script {
	near, far := net.Pipe()
	s := &script{t: t, conn: near, gone: make(chan struct{}), tried: map[string]int{}}
	s.api = newBareAPI(t, schema)
	s.sessions = transport.NewSessions(s.api.observer(), transport.Crowd{})
	s.api.AddTransport(transport.WebSocket{Sessions: s.sessions, MaxMessage: 64 << 10, MaxSubscriptions: 5})
	go s.tick()
	go s.read()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for key, value := range map[string]string{
		"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "graphql-transport-ws",
	} {
		r.Header.Set(key, value)
	}
	s.api.ServeHTTP(&pipeWriter{conn: &watchedConn{Conn: far, gone: s.gone}}, r)
	return s
}

// tick gives every subscriber of `ticks` something to hear.
func (s *script) tick() {
	pace := time.NewTicker(time.Second)
	defer pace.Stop()
	for n := 0; !isClosed(s.gone); n++ {
		select {
		case s.api.ticks <- n:
		case <-s.gone:
		}
		select {
		case <-pace.C:
		case <-s.gone:
		}
	}
}

// pipeWriter lets the server take over its end of the pipe.
type pipeWriter struct {
	http.ResponseWriter
	conn net.Conn
}

func (w *pipeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// watchedConn tells when it is closed.
type watchedConn struct {
	net.Conn
	gone chan struct{}
	once sync.Once
}

func (c *watchedConn) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

// play sends the lines, until the server hangs up. The commands are the words before the first space:
//
//	wait 3s        says nothing for so long (ten minutes in all)
//	ping x, pong x sends a control frame
//	binary x       sends a binary message
//	part x, rest x sends a message in pieces
//	unmasked x     sends a frame that no client may send
//	raw "\x81"     sends bytes as they are, quoted as Go does it or plain
//	close 1000 x   says goodbye
//	deaf           stops reading
//	cut            goes without a word
func (s *script) play(lines []string) {
	for _, line := range lines {
		if s.ended || isClosed(s.gone) {
			return
		}
		command, rest, _ := strings.Cut(line, " ")
		switch command {
		case "wait":
			s.wait(rest)
		case "ping":
			s.frame(true, websocket.PingMessage, rest)
		case "pong":
			s.frame(true, websocket.PongMessage, rest)
		case "binary":
			s.frame(true, websocket.BinaryMessage, rest)
		case "part":
			s.frame(false, websocket.TextMessage, rest)
		case "rest":
			s.frame(true, 0, rest)
		case "unmasked":
			s.write(append([]byte{0x81, byte(len(rest) & 0x7d)}, rest...))
		case "raw":
			s.raw(rest)
		case "close":
			s.close(rest)
		case "deaf":
			s.deaf.Store(true)
		case "cut":
			s.ended = true
			_ = s.conn.Close()
		default:
			s.say(line)
		}
	}
}

func (s *script) wait(text string) {
	d, err := time.ParseDuration(text)
	if d = min(d, 10*time.Minute-s.spent); err == nil && d > 0 {
		s.spent += d
		time.Sleep(d)
	}
}

func (s *script) raw(text string) {
	if plain, err := strconv.Unquote(text); err == nil {
		text = plain
	}
	s.deaf.Store(s.deaf.Load() || strings.Contains(text, "\x88")) // it may be a goodbye of any kind
	s.ended = s.ended || strings.Contains(text, "\x88")
	s.write([]byte(text))
}

func (s *script) close(text string) {
	digits, reason, _ := strings.Cut(text, " ")
	code, _ := strconv.Atoi(digits)
	s.said = append(s.said, code&0xffff)
	payload := binary.BigEndian.AppendUint16(nil, uint16(code)) //nolint:gosec // any code will do
	s.frame(true, websocket.CloseMessage, string(payload)+reason)
}

// say sends a text message, and notes what the server may answer to.
func (s *script) say(text string) {
	var m struct{ ID, Type string }
	if json.Unmarshal([]byte(text), &m) == nil && m.Type == "subscribe" {
		s.tried[m.ID]++
	}
	s.frame(true, websocket.TextMessage, text)
}

// frame sends a frame, masked with nothing.
func (s *script) frame(fin bool, opcode byte, payload string) {
	if fin {
		opcode |= 0x80
	}
	frame := []byte{opcode}
	switch n := len(payload); {
	case n <= 125:
		frame = append(frame, 0x80|byte(n))
	case n <= 0xffff:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	s.write(append(append(frame, 0, 0, 0, 0), payload...))
}

func (s *script) write(b []byte) {
	_, err := s.conn.Write(b)
	if err != nil {
		require.ErrorIs(s.t, err, io.ErrClosedPipe)
		s.ended = s.ended || !isClosed(s.gone)
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// end waits, as silent as can be, until the server has let go.
func (s *script) end() {
	begun := time.Now()
	<-s.gone
	require.Less(s.t, time.Since(begun), socketPatience)
	_ = s.conn.Close()
	synctest.Wait()
	require.Zero(s.t, s.sessions.Len())
	for field, n := range s.api.gauge {
		require.Zero(s.t, n, field)
	}
}

// read takes what the server sends.
func (s *script) read() {
	in := bufio.NewReader(s.conn)
	if _, err := http.ReadResponse(in, nil); err != nil {
		return // the client has cut the handshake off
	}
	for {
		if s.deaf.Load() {
			<-s.gone
			return
		}
		opcode, payload, err := readFrame(in)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
				s.broken = err
			}
			return
		}
		switch opcode {
		case websocket.TextMessage:
			var m wireMessage
			if err := json.Unmarshal(payload, &m); err != nil || !utf8.Valid(payload) {
				s.broken = errors.Join(errors.New("a message is no JSON"), err)
			}
			s.messages = append(s.messages, m)
		case websocket.CloseMessage:
			code := websocket.CloseNoStatusReceived
			if len(payload) >= 2 {
				code = int(binary.BigEndian.Uint16(payload))
			}
			s.closes = append(s.closes, code)
		}
	}
}

// readFrame reads a frame of a server: whole, without extensions, not masked (RFC 6455 §5).
func readFrame(in io.Reader) (opcode int, payload []byte, err error) {
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, nil, err
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 != 0 {
		return 0, nil, errors.New("a frame of the server has no FIN, an extension or a mask")
	}
	n := uint64(head[1])
	if extra := map[uint64]int{126: 2, 127: 8}[n]; extra > 0 {
		wide := make([]byte, 8)
		if _, err := io.ReadFull(in, wide[8-extra:]); err != nil {
			return 0, nil, err
		}
		n = binary.BigEndian.Uint64(wide)
	}
	if n > 1<<20 {
		return 0, nil, errors.New("a frame of the server is too long")
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(in, payload)
	return int(head[0] & 0x0f), payload, err
}

// check holds what the server said against the protocol.
func (s *script) check() {
	t := s.t
	require.NoError(t, s.broken)
	if len(s.closes) > 1 { // the client broke RFC 6455 before it had read our goodbye, and got two
		i := slices.IndexFunc(s.closes, func(code int) bool { return slices.Contains([]int{1002, 1007, 1009}, code) })
		require.GreaterOrEqual(t, i, 0)
		s.closes = slices.Delete(s.closes, i, i+1)
	}
	require.LessOrEqual(t, len(s.closes), 1, "one goodbye")
	for _, code := range s.closes {
		require.Contains(t, append(slices.Clone(s.said), append(closeCodes, websocket.CloseNoStatusReceived)...), code)
	}
	if !s.ended && !s.deaf.Load() {
		require.Len(t, s.closes, 1, "a client that waits hears why it is sent away")
	}
	last := map[string]int{}
	for i, m := range s.messages {
		switch m.Type {
		case "connection_ack":
			require.Zero(t, i, "the first message, once")
		case "ping", "pong":
			require.Nil(t, m.ID)
		case "next", "error", "complete":
			s.checkOperation(m, last)
		default:
			require.Fail(t, "not of the protocol", "%+v", m)
		}
	}
	for id, n := range last {
		require.LessOrEqual(t, n, s.tried[id], "more endings than subscriptions of %q (of %v)", id, slices.Collect(maps.Keys(s.tried)))
	}
}

func (s *script) checkOperation(m wireMessage, last map[string]int) {
	t := s.t
	require.NotNil(t, m.ID)
	require.Positive(t, s.tried[*m.ID], "nobody asked for %q", *m.ID)
	switch m.Type {
	case "next":
		require.Less(t, last[*m.ID], s.tried[*m.ID], "%q goes on after its end", *m.ID)
		var payload map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(m.Payload, &payload))
		require.True(t, payload["data"] != nil || payload["errors"] != nil, "%s", m.Payload)
	case "error":
		var list []struct{ Message string }
		require.NoError(t, json.Unmarshal(m.Payload, &list))
		require.NotEmpty(t, list)
		last[*m.ID]++
	case "complete":
		last[*m.ID]++
	}
}
