package obs

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// recorder passes an answer on and remembers what it was. What else the writer can do is found through
// Unwrap (see [http.ResponseController]).
type recorder struct {
	http.ResponseWriter

	code    int   // 200 until another is written; 101 once the connection was taken over
	written int64 // the bytes of the body
	begun   bool  // whether a code or a body was written
}

// WriteHeader implements [http.ResponseWriter]. Informational codes come before the one that counts.
func (r *recorder) WriteHeader(code int) {
	r.ResponseWriter.WriteHeader(code)
	if !r.begun && (code < 100 || code > 199) {
		r.code, r.begun = code, true
	}
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(b []byte) (int, error) {
	r.begun = true
	n, err := r.ResponseWriter.Write(b)
	r.written += int64(n)
	return n, err
}

// ReadFrom implements [io.ReaderFrom], so that the kernel may copy files.
func (r *recorder) ReadFrom(source io.Reader) (int64, error) {
	r.begun = true
	n, err := io.Copy(r.ResponseWriter, source)
	r.written += n
	return n, err
}

// Flush implements [http.Flusher].
func (r *recorder) Flush() {
	_ = http.NewResponseController(r.ResponseWriter).Flush() // a Flusher cannot say that it failed
}

// Hijack implements [http.Hijacker].
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.code = http.StatusSwitchingProtocols
	}
	return conn, buffer, err
}

// Unwrap returns the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
