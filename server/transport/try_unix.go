//go:build unix

package transport

import (
	"net"
	"syscall"
)

// linkOf returns what tryWrite writes to; nil for a connection that is none of the system's.
func linkOf(conn net.Conn) syscall.RawConn {
	if c, ok := conn.(syscall.Conn); ok {
		if link, err := c.SyscallConn(); err == nil {
			return link
		}
	}
	return nil
}

// tryWrite writes as much as the connection takes without waiting, and returns how much that was. What
// is wrong with a connection is found by whoever writes the rest.
func tryWrite(link syscall.RawConn, text []byte) (n int) {
	if link == nil {
		return 0
	}
	_ = link.Write(func(fd uintptr) (done bool) {
		n, _ = syscall.Write(int(fd), text)
		return true // also when nothing was taken: this must not wait
	})
	return max(0, n)
}
