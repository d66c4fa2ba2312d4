// Package load measures Moa the way its clients meet it: processes of the program, the databases that
// it runs on, and thousands of people who ask at once. Its tests hold the rules of the race always,
// and print their figures with -figures; RESULTS.md keeps what was measured.
package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Call is one request that somebody makes.
type Call struct {
	// URL is the GraphQL endpoint.
	URL string
	// Token is the bearer token; empty for a guest.
	Token string
	// Body is the JSON of the request.
	Body []byte
	// At is when the call is due, after the start of the run.
	At time.Duration
}

// Reply is what came back for a call.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Body is the JSON of the answer.
	Body []byte
	// Err says that no whole answer came.
	Err error
	// Latency is the time to the last byte of the answer: see the method that sent the call.
	Latency time.Duration
	// Begun is the moment from which Latency counts.
	Begun time.Time
}

// Driver makes calls over HTTP/1.1 connections that are kept for the next call.
type Driver struct{ client *http.Client }

// NewDriver returns a driver that opens at most conns connections to each server. Close it after use.
func NewDriver(conns int) *Driver {
	return &Driver{client: &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			MaxConnsPerHost:     conns,
			MaxIdleConnsPerHost: conns,
			DisableCompression:  true,
		},
	}}
}

// Close closes the connections.
func (d *Driver) Close() { d.client.CloseIdleConnections() }

// Race makes each call at its time, whether or not earlier ones were answered, and returns the
// replies in the order of the calls, and how long it all took. Latency counts from when a call was
// due, so that a driver or a server that falls behind shows.
func (d *Driver) Race(ctx context.Context, calls []Call) ([]Reply, time.Duration) {
	replies := make([]Reply, len(calls))
	begun := time.Now()
	var running sync.WaitGroup
	for i, call := range calls {
		due := begun.Add(call.At)
		if !await(ctx, due) {
			replies[i].Err = ctx.Err()
			continue
		}
		running.Go(func() { replies[i] = d.make(ctx, call, due) })
	}
	running.Wait()
	return replies, time.Since(begun)
}

// Flood makes the calls as fast as workers can, each the next one after its last was answered, and
// returns the replies in the order of the calls, and how long it all took. Latency counts from when a
// call was sent.
func (d *Driver) Flood(ctx context.Context, workers int, calls []Call) ([]Reply, time.Duration) {
	replies := make([]Reply, len(calls))
	next := make(chan int)
	begun := time.Now()
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := range next {
				replies[i] = d.make(ctx, calls[i], time.Now())
			}
		})
	}
	for i := range calls {
		next <- i
	}
	close(next)
	running.Wait()
	return replies, time.Since(begun)
}

// Ask makes one call.
func (d *Driver) Ask(ctx context.Context, call Call) Reply { return d.make(ctx, call, time.Now()) }

func (d *Driver) make(ctx context.Context, call Call, begun time.Time) Reply {
	reply := Reply{Begun: begun}
	reply.Status, reply.Body, reply.Err = d.exchange(ctx, call)
	reply.Latency = time.Since(begun)
	return reply
}

func (d *Driver) exchange(ctx context.Context, call Call) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return 0, nil, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if call.Token != "" {
		request.Header.Set("Authorization", "Bearer "+call.Token)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("send the request: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if body, err = io.ReadAll(response.Body); err != nil {
		return response.StatusCode, nil, fmt.Errorf("read the answer: %w", err)
	}
	return response.StatusCode, body, nil
}

// await waits for a moment; it returns false when ctx ends before.
func await(ctx context.Context, moment time.Time) bool {
	wait := time.Until(moment)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
