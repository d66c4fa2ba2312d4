//go:build !unix

package transport

import (
	"net"
	"syscall"
)

// linkOf returns nil: here every write may have to wait.
func linkOf(net.Conn) syscall.RawConn { return nil }

// tryWrite writes nothing.
func tryWrite(syscall.RawConn, []byte) int { return 0 }
