package tarot_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/tarot"
)

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPicturesAreServedForever(t *testing.T) {
	t.Parallel()
	h := tarot.Handler()
	small, err := tarot.PNG(7, 600)
	require.NoError(t, err)
	for path, want := range map[string]struct {
		contentType string
		body        []byte
	}{
		"/cards/0.svg":      {"image/svg+xml", tarot.SVG(0)},
		"/cards/77.svg?v=2": {"image/svg+xml", tarot.SVG(77)},
		"/cards/back.svg":   {"image/svg+xml", tarot.Back()},
		"/cards/7.png":      {"image/png", small},
	} {
		answer := ask(h, http.MethodGet, path)
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Equal(t, want.body, answer.Body.Bytes(), path)
		header := answer.Header()
		require.Equal(t, want.contentType, header.Get("Content-Type"))
		require.Equal(t, "public, max-age=31536000, immutable", header.Get("Cache-Control"))
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; sandbox", header.Get("Content-Security-Policy"))
		require.Regexp(t, `^"[0-9a-f]{16}"$`, header.Get("Etag"))

		head := ask(h, http.MethodHead, path)
		require.Equal(t, http.StatusOK, head.Code)
		require.Empty(t, head.Body.Bytes())
		require.Equal(t, header.Get("Etag"), head.Header().Get("Etag"))
		require.NotEmpty(t, head.Header().Get("Content-Length"))

		again := ask(h, http.MethodGet, path, "If-None-Match", header.Get("Etag"))
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Empty(t, again.Body.Bytes())
	}
}

func TestOtherPicturesAreNotThere(t *testing.T) {
	t.Parallel()
	h := tarot.Handler()
	for _, path := range []string{
		"/cards/78.svg", "/cards/-1.svg", "/cards/01.svg", "/cards/+1.svg", "/cards/1", "/cards/1.gif", "/cards/1.SVG",
		"/cards/back.png", "/cards/", "/cards/1.svg/x", "/1.svg", "/cards/%31%2Fx.svg",
	} {
		answer := ask(h, http.MethodGet, path)
		require.Equal(t, http.StatusNotFound, answer.Code, path)
		require.NotContains(t, answer.Header().Get("Cache-Control"), "immutable", path)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		require.Equal(t, http.StatusMethodNotAllowed, ask(h, method, "/cards/1.svg").Code)
	}
}

func TestACrowdSeesOnePicture(t *testing.T) {
	t.Parallel()
	h := tarot.Handler()
	var crowd sync.WaitGroup
	bodies := make([][]byte, 20)
	for i := range bodies {
		crowd.Go(func() { bodies[i] = ask(h, http.MethodGet, "/cards/3.png").Body.Bytes() })
	}
	crowd.Wait()
	require.NotEmpty(t, bodies[0])
	for _, body := range bodies {
		require.Equal(t, bodies[0], body)
	}
}
