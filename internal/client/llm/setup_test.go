package llm_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	key    = "nv-the-secret-key"
	prompt = "비밀 고민: 시험이 무서워요"
)

// bundle is a client, the model that it asks, and what is seen of both.
type bundle struct {
	*llm.Client
	model *llmtest.Server
	log   *syncBuffer

	mu    sync.Mutex
	spent []llm.Spent
}

// setup starts a model on a real socket.
func setup(t *testing.T, options llm.Options, handlers ...llmtest.Handler) *bundle {
	t.Helper()
	return connect(t, options, llmtest.New(t, handlers...))
}

// connect makes a client of the model.
func connect(t *testing.T, options llm.Options, model *llmtest.Server) *bundle {
	t.Helper()
	b := &bundle{model: model, log: &syncBuffer{}}
	options.BaseURL, options.Key, options.Model = model.URL, key, "HCX-005"
	options.Logger = slog.New(slog.NewTextHandler(b.log, nil))
	options.Observe = func(s llm.Spent) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.spent = append(b.spent, s)
	}
	client, err := llm.New(options)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	b.Client = client
	return b
}

// lastSpent returns what the last call told.
func (b *bundle) lastSpent() llm.Spent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent[len(b.spent)-1]
}

// inBubble runs f with a model in memory, where time passes only when nothing else happens.
func inBubble(t *testing.T, options llm.Options, f func(t *testing.T, b *bundle), handlers ...llmtest.Handler) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		pipes := &pipes{incoming: make(chan net.Conn), closed: make(chan struct{})}
		model := llmtest.Serve(pipes, handlers...)
		defer model.Close()
		options.HTTP = &http.Client{Transport: &http.Transport{DialContext: pipes.dial}}
		b := connect(t, options, model)
		defer b.Close()
		f(t, b)
	})
}

// pipes is a network in memory.
type pipes struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.incoming <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.incoming:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// syncBuffer is a log that many write.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// ask is a request of one message.
func ask() llm.Request {
	return llm.Request{Purpose: "feeling", Messages: []llm.Message{{Role: llm.RoleUser, Text: prompt}}}
}

// collect returns a function that keeps the deltas, and them.
func collect() (func(string) error, *[]string) {
	deltas := &[]string{}
	return func(delta string) error {
		*deltas = append(*deltas, delta)
		return nil
	}, deltas
}

// always answers every request alike.
func always(a llmtest.Answer) llmtest.Handler {
	return func(llmtest.Request) llmtest.Answer { return a }
}

// stream asks and returns the joined deltas beside the reply.
func (b *bundle) stream(ctx context.Context) (string, llm.Reply, error) {
	emit, deltas := collect()
	reply, err := b.Stream(ctx, ask(), emit)
	return strings.Join(*deltas, ""), reply, err
}
