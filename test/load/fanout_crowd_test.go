//go:build linux

package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// hearers listen on thousands of connections with one goroutine that asks the kernel which of them have
// something. It decodes nothing: it looks for a mark in the bytes and reads the number behind it, so that
// what is measured is the server and not the driver, which shares its processors.
type hearers struct {
	mark   []byte
	hear   func(person, number int, at time.Time)
	epoll  int
	people []listener
	person map[int32]int // by file descriptor
	ended  chan error
	quit   [2]int // a pipe that ends the listening
}

// listener is one connection.
type listener struct {
	fd   int
	rest []byte // what may be the begin of a mark or of its number
}

// joining connects somebody and returns the connection after the server has taken the subscription.
type joining func(address string, i int) (net.Conn, error)

// gather connects so many people to the servers in turn, and tells hear of each number that follows the
// mark. Nobody answers pings.
func gather(t *testing.T, people int, addresses []string, join joining, mark string, hear func(person, number int, at time.Time)) *hearers {
	t.Helper()
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	require.NoError(t, err)
	c := &hearers{mark: []byte(mark), hear: hear, epoll: epoll, people: make([]listener, people), person: map[int32]int{}, ended: make(chan error, 1)}
	require.NoError(t, syscall.Pipe2(c.quit[:], syscall.O_CLOEXEC))
	require.NoError(t, c.watch(c.quit[0]))
	var dialing errgroup.Group
	dialing.SetLimit(dialers)
	for i := range c.people {
		dialing.Go(func() error {
			conn, err := join(addresses[i%len(addresses)], i)
			if err != nil {
				return err
			}
			defer conn.Close() //nolint:errcheck // its duplicate lives on
			c.people[i].fd, err = descriptor(conn)
			return err
		})
	}
	require.NoError(t, dialing.Wait())
	for i, one := range c.people {
		c.person[int32(one.fd)] = i
		require.NoError(t, c.watch(one.fd))
	}
	go func() { c.ended <- c.listen() }()
	return c
}

// descriptor returns a duplicate of the connection's file, which does not block.
func descriptor(conn net.Conn) (int, error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	fd, dup := 0, error(nil)
	if err := raw.Control(func(own uintptr) { fd, dup = syscall.Dup(int(own)) }); err != nil {
		return 0, err
	}
	return fd, dup
}

func (c *hearers) watch(fd int) error {
	return syscall.EpollCtl(c.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

// leave ends the listening and closes the connections.
func (c *hearers) leave(t *testing.T) {
	t.Helper()
	require.NoError(t, syscall.Close(c.quit[1]))
	require.NoError(t, <-c.ended)
	for _, one := range c.people {
		require.NoError(t, syscall.Close(one.fd))
	}
	require.NoError(t, syscall.Close(c.quit[0]))
	require.NoError(t, syscall.Close(c.epoll))
}

// listen reads what comes until leave.
func (c *hearers) listen() error {
	events, buffer := make([]syscall.EpollEvent, 512), make([]byte, 256<<10)
	for {
		n, err := syscall.EpollWait(c.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			return fmt.Errorf("wait: %w", err)
		}
		for _, event := range events[:max(0, n)] {
			if int(event.Fd) == c.quit[0] {
				return nil
			}
			if err := c.read(c.person[event.Fd], buffer); err != nil {
				return err
			}
		}
	}
}

func (c *hearers) read(person int, buffer []byte) error {
	one := &c.people[person]
	kept := copy(buffer, one.rest)
	n, err := syscall.Read(one.fd, buffer[kept:])
	switch {
	case err == syscall.EAGAIN, err == syscall.EINTR:
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n == 0:
		return fmt.Errorf("person %d was cut off", person)
	}
	one.rest = append(one.rest[:0], c.scan(person, buffer[:kept+n])...)
	return nil
}

// scan tells of the numbers in data and returns its incomplete end.
func (c *hearers) scan(person int, data []byte) (rest []byte) {
	now := time.Now()
	for {
		at := bytes.Index(data, c.mark)
		if at < 0 {
			return data[max(0, len(data)-len(c.mark)+1):]
		}
		number, end := 0, at+len(c.mark)
		for ; end < len(data) && data[end] >= '0' && data[end] <= '9'; end++ {
			number = 10*number + int(data[end]-'0')
		}
		if end == len(data) {
			return data[at:]
		}
		c.hear(person, number, now)
		data = data[end:]
	}
}

// bySocket joins over graphql-transport-ws with frames made by hand.
func bySocket(tokens []string, body []byte) joining {
	return func(address string, i int) (net.Conn, error) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		err = upgrade(conn)
		if err == nil {
			err = converse(conn, fmt.Sprintf(`{"type":"connection_init","payload":{"authorization":"Bearer %s"}}`, tokens[i]), `"connection_ack"}`)
		}
		if err == nil {
			err = converse(conn, fmt.Sprintf(`{"id":"1","type":"subscribe","payload":%s}`, body), "")
		}
		return conn, err
	}
}

// upgrade shakes hands for a WebSocket.
func upgrade(conn net.Conn) error {
	_, err := io.WriteString(conn, "GET /graphql HTTP/1.1\r\nHost: moa\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
	if err != nil {
		return err
	}
	return expect(conn, "\r\n\r\n")
}

// converse sends a text frame, masked with zeros, and reads until the answer ends as it should.
func converse(conn net.Conn, text, answer string) error {
	frame := []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	frame = append(frame, text...)
	if _, err := conn.Write(frame); err != nil || answer == "" {
		return err
	}
	return expect(conn, answer)
}

// expect reads until the text ends what was read, byte by byte, so that nothing behind it is taken.
func expect(conn net.Conn, text string) error {
	var got []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(got, []byte(text)) {
		if _, err := io.ReadFull(conn, one); err != nil || len(got) > 10_000 {
			return fmt.Errorf("%q instead of %q: %w", got, text, err)
		}
		got = append(got, one[0])
	}
	return nil
}

// byStream joins over server-sent events.
func byStream(tokens []string, body []byte) joining {
	return func(address string, i int) (net.Conn, error) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		_, err = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: moa\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"+
			"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", tokens[i], len(body), body)
		if err != nil {
			return nil, err
		}
		return conn, expect(conn, "retry: 2000\n\n\r\n")
	}
}

// hosts returns the addresses of the servers.
func (town *town) hosts() (addresses []string) {
	for _, url := range town.urls {
		address, _, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
		addresses = append(addresses, address)
	}
	return addresses
}

// series returns the sum of a metric over the servers.
func (town *town) series(t *testing.T, name string) (sum float64) {
	t.Helper()
	for _, address := range town.hosts() {
		response, err := http.Get("http://" + address + "/metrics")
		require.NoError(t, err)
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			var value float64
			if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
				_, err := fmt.Sscan(text, &value)
				require.NoError(t, err)
				sum += value
			}
		}
		require.NoError(t, response.Body.Close())
	}
	return sum
}

// resident returns the memory that the servers occupy, in bytes. Source: proc(5), /proc/pid/statm.
func (town *town) resident(t *testing.T) (sum int) {
	t.Helper()
	for _, server := range town.servers {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", server.pid()))
		require.NoError(t, err)
		var total, pages int
		_, err = fmt.Sscan(string(text), &total, &pages)
		require.NoError(t, err)
		sum += pages * os.Getpagesize()
	}
	return sum
}
