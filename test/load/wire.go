//go:build linux

package load

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
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
// further than needed. One thread serves all of them (epoll(7)): the driver shares the processors with
// what it measures, and a goroutine for each connection would cost more than the fastest of the servers.
type Wires struct {
	poll   int
	wires  []*wire
	events [64]syscall.EpollEvent
}

// wire is one connection, and the answer that comes over it.
type wire struct {
	file       *os.File
	fd         int
	buffer     []byte
	head, size int // where the body begins, 0 while that is unknown, and how long it is
	filled     int
	exchange   Exchange
	sent       time.Time
}

// stall is how long the driver waits for any answer at all.
const stall = 30 * time.Second

// Dial opens so many connections to a server. Close them after use.
func Dial(ctx context.Context, address string, conns int) (*Wires, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("watch connections: %w", err)
	}
	w := &Wires{poll: poll}
	for range conns {
		if err := w.dial(ctx, address); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

func (w *Wires) dial(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()                      //nolint:errcheck // the file is another handle on it
	file, err := conn.(*net.TCPConn).File() //nolint:forcetypeassert // "tcp"
	if err != nil {
		return fmt.Errorf("take the connection: %w", err)
	}
	one := &wire{file: file, fd: int(file.Fd()), buffer: make([]byte, 64<<10)}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(len(w.wires))}
	w.wires = append(w.wires, one)
	if err := syscall.SetNonblock(one.fd, true); err != nil {
		return fmt.Errorf("take the connection: %w", err)
	}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(w.poll, syscall.EPOLL_CTL_ADD, one.fd, &event))
}

// Close closes the connections.
func (w *Wires) Close() error {
	errs := []error{syscall.Close(w.poll)}
	for _, one := range w.wires {
		errs = append(errs, one.file.Close())
	}
	return errors.Join(errs...)
}

// Ask sends one request over the first connection and returns the body of the answer, which must be 200.
func (w *Wires) Ask(request []byte) ([]byte, error) {
	one := w.wires[0]
	if err := one.send(Exchange{Request: request}); err != nil {
		return nil, err
	}
	for {
		if _, err := w.wait(); err != nil {
			return nil, err
		}
		if whole, err := one.receive(); err != nil || whole {
			return bytes.Clone(one.body()), err
		}
	}
}

// Flood sends the exchanges round and round for so long, over each connection the next one after its
// last was answered, and returns how long each took, and the time from the first request to the last
// answer. Each answer must be 200 and the expected one.
func (w *Wires) Flood(exchanges []Exchange, length time.Duration) (times []time.Duration, took time.Duration, err error) {
	times = make([]time.Duration, 0, 1<<18)
	begun, next := time.Now(), 0
	for _, one := range w.wires {
		if err := one.send(exchanges[next%len(exchanges)]); err != nil {
			return nil, 0, err
		}
		next++
	}
	for open := len(w.wires); open > 0; {
		ready, err := w.wait()
		if err != nil {
			return nil, 0, err
		}
		for _, event := range ready {
			one := w.wires[event.Fd]
			whole, err := one.receive()
			if err == nil && whole {
				times = append(times, time.Since(one.sent))
				err = one.check()
				if err == nil && time.Since(begun) < length {
					err = one.send(exchanges[next%len(exchanges)])
					next++
				} else {
					open--
				}
			}
			if err != nil {
				return nil, 0, err
			}
		}
	}
	return times, time.Since(begun), nil
}

// wait returns the connections that have something to read.
func (w *Wires) wait() ([]syscall.EpollEvent, error) {
	for {
		n, err := syscall.EpollWait(w.poll, w.events[:], int(stall.Milliseconds()))
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return nil, os.NewSyscallError("epoll_wait", err)
		case n == 0:
			return nil, errors.New("nothing is answered any more")
		default:
			return w.events[:n], nil
		}
	}
}

// send sends the request of an exchange: it is small and nothing else is on its way, so it fits.
func (w *wire) send(exchange Exchange) error {
	w.exchange, w.head, w.size, w.filled, w.sent = exchange, 0, 0, 0, time.Now()
	if n, err := syscall.Write(w.fd, exchange.Request); n != len(exchange.Request) {
		return fmt.Errorf("send: %d of %d bytes: %w", n, len(exchange.Request), err)
	}
	return nil
}

// receive reads what there is, and reports whether the answer is whole.
func (w *wire) receive() (whole bool, err error) {
	if w.filled == len(w.buffer) {
		w.buffer = append(w.buffer, make([]byte, len(w.buffer))...)
	}
	n, err := syscall.Read(w.fd, w.buffer[w.filled:])
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	if err != nil || n == 0 {
		return false, fmt.Errorf("receive: %d bytes: %w", n, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	w.filled += n
	if w.head == 0 {
		if w.head, w.size, err = readHead(w.buffer[:w.filled]); err != nil {
			return false, err
		}
	}
	return w.head != 0 && w.filled >= w.head+w.size, nil
}

// body returns the body of a whole answer, which is good until the next.
func (w *wire) body() []byte { return w.buffer[w.head : w.head+w.size] }

// check compares the answer with the expected one.
func (w *wire) check() error {
	if !bytes.Equal(w.body(), w.exchange.Answer) {
		return fmt.Errorf("another answer: %.1000s", w.body())
	}
	return nil
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
