package transporttest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Refused sends bodies of up to 1 MB to the address of a server, with a header that makes it refuse them unread, on
// connections that are closed after it. The client must be able to send to the end and to read the answer, of this
// status, to the end: a reset would be an error.
func Refused(t testing.TB, address, header string, status int) {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	for _, size := range []int{1_000, 100_000, 1_000_000} {
		conn, err := net.Dial("tcp", to.Host)
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
			to.RequestURI(), to.Host, header, size)
		require.NoError(t, err)
		for part := range 10 {
			_, err = io.WriteString(conn, strings.Repeat("x", size/10))
			require.NoError(t, err, "part %d of %d bytes", part, size)
		}
		answer := bufio.NewReader(conn)
		response, err := http.ReadResponse(answer, nil)
		require.NoError(t, err, "%d bytes", size)
		require.Equal(t, status, response.StatusCode)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err, "%d bytes", size)
		_, err = answer.ReadByte()
		require.ErrorIs(t, err, io.EOF, "%d bytes", size)
		require.NoError(t, response.Body.Close())
		require.NoError(t, conn.Close())
	}
}
