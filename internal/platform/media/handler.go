package media

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// patience is how long one file may take to arrive.
const patience = 2 * time.Minute

// Handler takes files at PUT /uploads/{key} and shows them at GET and HEAD /media/{key}.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /uploads/{folder}/{file}", s.take)
	mux.HandleFunc("GET /media/{folder}/{file}", s.show)
	return mux
}

// keyOf returns the key in the path of a request and the type it stands for; false for no key.
func keyOf(r *http.Request) (key, contentType string, ok bool) {
	key = r.PathValue("folder") + "/" + r.PathValue("file")
	contentType, ok = typeOf(key)
	return key, contentType, ok
}

// take stores a file that [Service.CreateUpload] has allowed: the announced type and size, once.
func (s *Service) take(w http.ResponseWriter, r *http.Request) {
	key, contentType, ok := keyOf(r)
	if !ok {
		answer(w, http.StatusNotFound)
		return
	}
	ticket, ok := s.verify(key, r.URL.Query())
	switch {
	case !ok:
		answer(w, http.StatusForbidden)
		return
	case r.Header.Get("Content-Type") != contentType || r.Header.Get("Content-Encoding") != "":
		answer(w, http.StatusUnsupportedMediaType)
		return
	case r.ContentLength < 0:
		answer(w, http.StatusLengthRequired)
		return
	case r.ContentLength > ticket.size:
		answer(w, http.StatusRequestEntityTooLarge)
		return
	case r.ContentLength != ticket.size:
		answer(w, http.StatusBadRequest)
		return
	}
	// A server that gives a request ten seconds may give a picture from a phone more.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience)) // not every writer can
	r.Body = http.MaxBytesReader(w, r.Body, ticket.size)
	answer(w, s.store(r.Context(), key, contentType, r.Body, ticket.size))
}

// store streams a file into the bucket and returns the HTTP status of the outcome.
func (s *Service) store(ctx context.Context, key, contentType string, body io.Reader, size int64) int {
	// A folder checks and writes in two steps: without this, a slow second writer could replace a
	// file that has been accepted meanwhile.
	if !s.writing.add(key) {
		return http.StatusConflict
	}
	defer s.writing.remove(key)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	writer, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{
		ContentType: contentType, CacheControl: forever, IfNotExist: true,
	})
	if err != nil {
		return s.failed(ctx, key, err)
	}
	n, err := io.Copy(writer, trouble{body})
	if err != nil || n != size {
		cancel() // closing now throws the part away
		_ = writer.Close()
		var cut readError
		if err == nil || errors.As(err, &cut) {
			return http.StatusBadRequest
		}
		return s.failed(ctx, key, err)
	}
	if err := writer.Close(); err != nil {
		return s.failed(ctx, key, err)
	}
	return http.StatusCreated
}

// failed returns the HTTP status for what the bucket said.
func (s *Service) failed(ctx context.Context, key string, err error) int {
	switch {
	case gcerrors.Code(err) == gcerrors.FailedPrecondition:
		return http.StatusConflict // there is such a file
	case gcerrors.Code(err) == gcerrors.NotFound:
		return http.StatusNotFound
	case ctx.Err() != nil:
		return http.StatusBadRequest // the client left
	}
	s.logger.ErrorContext(ctx, "the bucket failed", "key", key, "error", err)
	return http.StatusServiceUnavailable
}

// show serves a picture as what it is and nothing else: no browser may run it as a page.
func (s *Service) show(w http.ResponseWriter, r *http.Request) {
	key, contentType, ok := keyOf(r)
	if !ok {
		answer(w, http.StatusNotFound)
		return
	}
	reader, err := s.bucket.NewReader(r.Context(), key, nil)
	if err != nil {
		answer(w, s.failed(r.Context(), key, err))
		return
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", forever)
	header.Set("Etag", `"`+r.PathValue("file")+`"`) // the key names the bytes
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Disposition", "inline")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin") // pictures are shown on other origins
	http.ServeContent(w, r, "", reader.ModTime(), reader)
}

// answer writes a status alone, which no cache may keep.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
