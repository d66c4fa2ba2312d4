package media_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/test/testkit"
)

func TestPutTakesOneFileOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		body := pngPicture(t, 4)
		to := b.allow(t, "image/png", len(body))
		require.Equal(t, http.StatusCreated, b.put(t, to, body))
		other := bytes.Repeat([]byte("x"), len(body))
		require.Equal(t, http.StatusConflict, b.put(t, to, other))
		require.Equal(t, body, b.get(t, http.MethodGet, *b.URL(&to.BlobKey)).Body.Bytes(), "the first file stays")
	})
}

func TestPutRefusesASecondWriterWhileTheFirstIsSending(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), openMemory(t))
	body := pngPicture(t, 4)
	to := b.allow(t, "image/png", len(body))
	pipe, feed := io.Pipe()
	slow := httptest.NewRequestWithContext(t.Context(), to.Method, to.URL, pipe)
	slow.ContentLength = int64(len(body))
	slow.Header.Set("Content-Type", "image/png")
	done := make(chan int)
	go func() { done <- b.serve(slow).Code }()
	_, err := feed.Write(body[:10]) // returns once the handler reads, so it holds the key
	require.NoError(t, err)
	require.Equal(t, http.StatusConflict, b.put(t, to, body))
	_, err = feed.Write(body[10:])
	require.NoError(t, err)
	require.NoError(t, feed.Close())
	require.Equal(t, http.StatusCreated, <-done)
}

func TestPutRefusesWhatWasNotAllowed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		body := pngPicture(t, 4)
		to := b.allow(t, "image/png", len(body))
		other := b.allow(t, "image/png", len(body))
		size := "size=" + strconv.Itoa(len(body))
		for name, attempt := range map[string]struct {
			url, contentType string
			length           int64
			body             []byte
			want             int
		}{
			"no signature":        {to.URL[:strings.Index(to.URL, "?")], "image/png", int64(len(body)), body, http.StatusForbidden},
			"another key":         {strings.Replace(to.URL, to.BlobKey, other.BlobKey, 1), "image/png", int64(len(body)), body, http.StatusForbidden},
			"another size":        {strings.Replace(to.URL, size, "size=9999999", 1), "image/png", int64(len(body)), body, http.StatusForbidden},
			"a later end":         {strings.Replace(to.URL, "expires=", "expires=9", 1), "image/png", int64(len(body)), body, http.StatusForbidden},
			"another type":        {to.URL, "text/html", int64(len(body)), body, http.StatusUnsupportedMediaType},
			"a type with more":    {to.URL, "image/png; charset=x", int64(len(body)), body, http.StatusUnsupportedMediaType},
			"no type":             {to.URL, "", int64(len(body)), body, http.StatusUnsupportedMediaType},
			"an unknown length":   {to.URL, "image/png", -1, body, http.StatusLengthRequired},
			"more than announced": {to.URL, "image/png", int64(len(body)) + 1, append(body, 0), http.StatusRequestEntityTooLarge},
			"less than announced": {to.URL, "image/png", int64(len(body)) - 1, body[1:], http.StatusBadRequest},
			"a body cut off":      {to.URL, "image/png", int64(len(body)), body[:5], http.StatusBadRequest},
			"no key":              {"/uploads/avatar/..%2f..%2fetc.png?" + size, "image/png", int64(len(body)), body, http.StatusNotFound},
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, attempt.url, bytes.NewReader(attempt.body))
			r.ContentLength = attempt.length
			r.Header.Set("Content-Type", attempt.contentType)
			require.Equal(t, attempt.want, b.serve(r).Code, name)
			exists, err := b.bucket.Exists(t.Context(), to.BlobKey)
			require.NoError(t, err)
			require.False(t, exists, name)
		}
		require.Equal(t, http.StatusCreated, b.put(t, to, body), "failed attempts leave the address usable")
		b.advance(15*time.Minute + time.Second)
		require.Equal(t, http.StatusForbidden, b.put(t, other, body), "the address has ended")
	})
}

func TestASignatureOfAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, testkit.SQLite(t), openMemory(t))
	body := pngPicture(t, 4)
	to := b.allow(t, "image/png", len(body))
	b.Service = media.New(media.Deps{DB: b.db, Bucket: b.bucket, SigningKey: []byte("another secret of this test, long")})
	require.Equal(t, http.StatusForbidden, b.put(t, to, body))
}

func TestPicturesAreKeptForEverAndNeverRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		body := pngPicture(t, 4)
		key := b.uploaded(t, "image/png", body)
		path := *b.URL(&key)
		require.Equal(t, "/media/"+key, path)

		w := b.get(t, http.MethodHead, path)
		require.Equal(t, http.StatusOK, w.Code)
		require.Empty(t, w.Body.Bytes())
		for name, want := range map[string]string{
			"Content-Type":                 "image/png",
			"Content-Length":               strconv.Itoa(len(body)),
			"Cache-Control":                "public, max-age=31536000, immutable",
			"Content-Disposition":          "inline",
			"X-Content-Type-Options":       "nosniff",
			"Content-Security-Policy":      "default-src 'none'; sandbox",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"Accept-Ranges":                "bytes",
		} {
			require.Equal(t, want, w.Header().Get(name), name)
		}
		etag := w.Header().Get("Etag")
		require.NotEmpty(t, etag)
		require.Equal(t, http.StatusNotModified, b.get(t, http.MethodGet, path, "If-None-Match", etag).Code)

		part := b.get(t, http.MethodGet, path, "Range", "bytes=1-3")
		require.Equal(t, http.StatusPartialContent, part.Code)
		require.Equal(t, body[1:4], part.Body.Bytes())
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, b.get(t, http.MethodGet, path, "Range", "bytes=99999-").Code)
	})
}

func TestWhatIsNoPictureIsNotShown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		key := b.uploaded(t, "image/png", pngPicture(t, 4))
		unsent := b.allow(t, "image/png", 10).BlobKey
		for _, path := range []string{
			"/media/" + unsent,
			"/media/" + key + ".attrs", // how a folder keeps the type
			"/media/avatar/..%2f..%2fmoa.db",
			"/media/%2e%2e/x.png",
			"/media/" + strings.ToUpper(key),
		} {
			w := b.get(t, http.MethodGet, path)
			require.Equal(t, http.StatusNotFound, w.Code, path)
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"), "a picture may come later")
		}
		require.Equal(t, http.StatusMethodNotAllowed, b.get(t, http.MethodDelete, "/media/"+key).Code)
		require.Equal(t, http.StatusMethodNotAllowed, b.get(t, http.MethodPost, "/uploads/"+key).Code)
	})
}
