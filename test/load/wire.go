package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// Exchange is a request whose bytes are made before the load begins, and its answer.
type Exchange struct {
	// Request is everything that goes over the wire.
	Request []byte
	// Answer is the body that must come back.
	Answer []byte
}

// Post returns the bytes of a POST of JSON over HTTP/1.1; the token is empty for a guest.
func Post(host, path, token string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, host, len(body))
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// Wires are connections to one server over which requests go as they are and answers are read no
// further than needed: the driver shares the processors with what it measures, and net/http's client
// would cost more than the fastest of the servers.
type Wires struct{ wires []*wire }

// Dial opens so many connections to a server. Close them after use.
func Dial(ctx context.Context, address string, conns int) (*Wires, error) {
	w := &Wires{}
	for range conns {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("connect: %w", err), w.Close())
		}
		w.wires = append(w.wires, &wire{conn: conn, buffer: make([]byte, 64<<10)})
	}
	return w, nil
}

// Close closes the connections.
func (w *Wires) Close() error {
	var errs []error
	for _, one := range w.wires {
		errs = append(errs, one.conn.Close())
	}
	return errors.Join(errs...)
}

// Ask sends one request over the first connection and returns the body of the answer, which must be 200.
func (w *Wires) Ask(request []byte) ([]byte, error) {
	text, err := w.wires[0].ask(request)
	return bytes.Clone(text), err
}

// Flood sends the exchanges round and round for so long, over each connection the next one after its
// last was answered, and returns how long each took, the time from the first request to the last
// answer, and what was wrong where something was: each answer must be 200 and the expected one.
func (w *Wires) Flood(exchanges []Exchange, length time.Duration) (times []time.Duration, took time.Duration, err error) {
	all, errs := make([][]time.Duration, len(w.wires)), make([]error, len(w.wires))
	begun := time.Now()
	var running sync.WaitGroup
	for i, one := range w.wires {
		running.Go(func() {
			first := i * len(exchanges) / len(w.wires) // so that no two ask for the same at the same time
			all[i], errs[i] = one.flood(exchanges, first, begun.Add(length))
		})
	}
	running.Wait()
	took = time.Since(begun)
	for _, some := range all {
		times = append(times, some...)
	}
	for _, err := range errs {
		if err != nil {
			return times, took, err
		}
	}
	return times, took, nil
}

// wire is one connection.
type wire struct {
	conn   net.Conn
	buffer []byte
}

func (w *wire) flood(exchanges []Exchange, next int, end time.Time) (times []time.Duration, err error) {
	times = make([]time.Duration, 0, 1<<14)
	for sent := time.Now(); sent.Before(end); {
		exchange := exchanges[next%len(exchanges)]
		next++
		body, err := w.ask(exchange.Request)
		if err != nil {
			return times, err
		}
		if !bytes.Equal(body, exchange.Answer) {
			return times, fmt.Errorf("another answer: %.1000s", body)
		}
		now := time.Now()
		times = append(times, now.Sub(sent))
		sent = now
	}
	return times, nil
}

// ask sends a request and returns the body of its answer, which is good until the next.
func (w *wire) ask(request []byte) ([]byte, error) {
	if _, err := w.conn.Write(request); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	head, size, filled := 0, 0, 0
	for head == 0 || filled < head+size {
		if filled == len(w.buffer) {
			w.buffer = append(w.buffer, make([]byte, len(w.buffer))...)
		}
		n, err := w.conn.Read(w.buffer[filled:])
		if err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		filled += n
		if head != 0 {
			continue
		}
		if head, size, err = readHead(w.buffer[:filled]); err != nil {
			return nil, err
		}
	}
	return w.buffer[head : head+size], nil
}

var (
	statusOK      = []byte("HTTP/1.1 200 ")
	headEnd       = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

// readHead returns where the body of an answer begins and how long it is; zero while its head is
// incomplete.
func readHead(text []byte) (begin, size int, err error) {
	end := bytes.Index(text, headEnd)
	if end < 0 {
		return 0, 0, nil
	}
	if !bytes.HasPrefix(text, statusOK) {
		return 0, 0, fmt.Errorf("not 200: %.500s", text)
	}
	at := bytes.Index(text[:end], contentLength)
	if at < 0 {
		return 0, 0, fmt.Errorf("no Content-Length: %s", text[:end])
	}
	value, _, _ := bytes.Cut(text[at+len(contentLength):end+2], []byte("\r\n"))
	size, err = strconv.Atoi(string(value))
	return end + len(headEnd), size, err
}
