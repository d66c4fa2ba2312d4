package coupon_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// wire stands between the program and PostgreSQL and cuts connections at a commit.
type wire struct {
	listener net.Listener
	server   string
	// cut is what happens to the next commit.
	cut atomic.Int32
	// cuts counts how often that happened.
	cuts atomic.Int32
}

// What can happen to a commit.
const (
	pass        int32 = iota
	loseRequest       // the server never hears of it
	loseAnswer        // it is done, and nobody is told
	refuse            // nobody gets through any more
)

func newWire(t *testing.T, server string) *wire {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener, server: server}
	t.Cleanup(func() { _ = listener.Close() })
	go w.accept()
	return w
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.server)
		if err != nil || w.cut.Load() == refuse {
			_ = client.Close()
			continue
		}
		go func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		}()
		go w.carry(client, server)
	}
}

// carry brings requests to the server until the commit that is to be cut.
func (w *wire) carry(client, server net.Conn) {
	defer client.Close() //nolint:errcheck // a test's connection
	defer server.Close() //nolint:errcheck // a test's connection
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil || w.cut.Load() == refuse {
			return
		}
		if bytes.Contains(buffer[:n], []byte("commit\x00")) {
			switch cut := w.cut.Swap(pass); cut {
			case loseAnswer:
				_ = client.Close() // first, so that no answer gets through
				_, _ = server.Write(buffer[:n])
				w.cuts.Add(1)
				// The server closes after it has read the end, and so after the commit.
				_ = server.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, server)
				return
			case loseRequest:
				w.cuts.Add(1)
				return
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// throughWire opens a PostgreSQL database of which the commits can be cut.
func throughWire(t *testing.T) (*db.DB, *wire) {
	t.Helper()
	u, err := url.Parse(testkit.PostgresDatabase(t))
	require.NoError(t, err)
	w := newWire(t, u.Host)
	u.Host = w.listener.Addr().String()
	d, err := db.Open(t.Context(), db.Options{URL: u.String(), MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, w
}

// D-10: a commit that got no answer is looked up, not guessed.
func TestCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]int32{"it happened": loseAnswer, "it did not happen": loseRequest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, w := throughWire(t)
			b := stopped(t, d, testkit.Bus(t)) // without the relay, whose commits would be cut instead
			testkit.Run(t, b.Run)
			b.prepare()
			c := b.publish(b.input(100))
			asking := people(t, d, 50)

			w.cut.Store(cut)
			result := race(asking, func(_ int, ctx context.Context) error {
				_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
				return err
			})
			require.EqualValues(t, 1, w.cuts.Load())
			require.Empty(t, result.refused)
			b.requireStock(c.ID, 50)
		})
	}
}

// While the database is away claims are refused as UNAVAILABLE, and go on when it is back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	d, w := throughWire(t)
	b := stopped(t, d, testkit.Bus(t))
	testkit.Run(t, b.Run)
	b.prepare()
	c := b.publish(b.input(100))
	asking := people(t, d, 11)

	w.cut.Store(refuse)
	result := race(asking[:10], func(_ int, ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		_, err := b.Claim(ctx, coupon.ClaimInput{CouponID: c.ID})
		require.ErrorIs(t, err, fault.Unavailable)
		require.Positive(t, fault.From(err).RetryAfter)
		return fault.Unavailable
	})
	require.Equal(t, map[string]int{"UNAVAILABLE": 10}, result.refused)

	w.cut.Store(pass)
	_, err := b.Claim(asking[10], coupon.ClaimInput{CouponID: c.ID})
	require.NoError(t, err)
	b.requireStock(c.ID, 1)
}
