package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// front stands before the replicas and hands each request to the next in turn: what every load balancer
// does, and nothing else. A replica that /readyz reports as unavailable is asked only when all are. A
// request is given to another replica only when the first took no connection, so that nothing runs
// twice; whoever is cut off in the middle gets 502 and decides for himself.
type front struct {
	*httptest.Server
	carrier *http.Transport

	mu       sync.Mutex
	replicas []backend
	turn     int
}

// backend is one replica as the front sees it.
type backend struct {
	target *url.URL // nil before its first start
	ready  bool
}

// frontPoll is how often the front looks at /readyz.
const frontPoll = 40 * time.Millisecond

// newFront returns a front before n replicas that have not started yet. It ends with the test.
func newFront(t testing.TB, n int) *front {
	t.Helper()
	f := &front{
		replicas: make([]backend, n),
		carrier:  &http.Transport{MaxIdleConnsPerHost: 256, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext},
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "front"
		},
		Transport:     f,
		FlushInterval: -1, // streams
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	f.Server = httptest.NewServer(proxy)
	f.Config.ErrorLog = proxy.ErrorLog // a stream that is cut in the middle is not news here
	ctx, cancel := context.WithCancel(context.Background())
	var looking sync.WaitGroup
	for i := range f.replicas {
		looking.Go(func() { f.look(ctx, i) })
	}
	t.Cleanup(func() {
		cancel()
		f.CloseClientConnections()
		f.Close()
		looking.Wait()
		f.carrier.CloseIdleConnections()
	})
	return f
}

// set tells the front where a replica is now.
func (f *front) set(i int, address string) {
	target, err := url.Parse(address)
	if err != nil {
		panic(err) // the address of our own listener
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replicas[i] = backend{target: target, ready: true}
}

// look keeps whether a replica is ready.
func (f *front) look(ctx context.Context, i int) {
	tick := time.NewTicker(frontPoll)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		f.mu.Lock()
		target := f.replicas[i].target
		f.mu.Unlock()
		if target == nil {
			continue
		}
		ready := f.answers(ctx, target)
		f.mu.Lock()
		if f.replicas[i].target == target {
			f.replicas[i].ready = ready
		}
		f.mu.Unlock()
	}
}

func (f *front) answers(ctx context.Context, target *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.JoinPath("readyz").String(), nil)
	if err != nil {
		return false
	}
	response, err := f.carrier.RoundTrip(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// order returns the replicas as this request should try them: the next in turn first, those that are
// not ready last.
func (f *front) order() []*url.URL {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn++
	var first, last []*url.URL
	for i := range f.replicas {
		switch b := f.replicas[(f.turn+i)%len(f.replicas)]; {
		case b.target == nil:
		case b.ready:
			first = append(first, b.target)
		default:
			last = append(last, b.target)
		}
	}
	return append(first, last...)
}

var errNobody = errors.New("no replica takes a connection")

// RoundTrip implements [http.RoundTripper].
func (f *front) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	for _, target := range f.order() {
		out := r.Clone(r.Context())
		out.URL.Host = target.Host
		out.Body = http.NoBody
		if len(body) > 0 {
			out.Body = io.NopCloser(bytes.NewReader(body))
		}
		response, err := f.carrier.RoundTrip(out)
		if dial := (&net.OpError{}); errors.As(err, &dial) && dial.Op == "dial" {
			continue
		}
		return response, err
	}
	return nil, errNobody
}
