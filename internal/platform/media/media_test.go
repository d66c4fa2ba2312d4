package media_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/test/testkit"
)

// bench is a service over a real database and a real folder, with a clock of its own.
type bench struct {
	*media.Service
	db     *db.DB
	bucket *blob.Bucket
	user   *ent.User
	ahead  *atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		bucket, err := media.OpenBucket(t.Context(), (&url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "uploads")}).String())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, bucket.Close()) })
		test(t, newBench(t, d, bucket))
	})
}

func newBench(t *testing.T, d *db.DB, bucket *blob.Bucket) *bench {
	t.Helper()
	b := &bench{db: d, bucket: bucket, ahead: &atomic.Int64{}, user: testkit.Person(t, d, user.RoleUSER)}
	b.Service = media.New(media.Deps{
		DB: d, Bucket: bucket, SigningKey: []byte("a secret of this test, long enough"), Now: b.now,
	})
	return b
}

func (b *bench) now() time.Time          { return time.Now().Add(time.Duration(b.ahead.Load())) }
func (b *bench) advance(d time.Duration) { b.ahead.Add(int64(d)) }

// allow asks for an upload as the bench's user.
func (b *bench) allow(t *testing.T, contentType string, size int) *media.Upload {
	t.Helper()
	answer, err := b.CreateUpload(testkit.As(t, b.user), media.CreateUploadInput{
		Purpose: upload.PurposeAVATAR, ContentType: contentType, ByteSize: size,
	})
	require.NoError(t, err)
	return answer
}

// put sends body the way a client does and returns the status.
func (b *bench) put(t *testing.T, to *media.Upload, body []byte) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), to.Method, to.URL, bytes.NewReader(body))
	for name, value := range to.Headers.(map[string]string) {
		r.Header.Set(name, value)
	}
	return b.serve(r).Code
}

// uploaded returns a key under which body lies, announced as contentType.
func (b *bench) uploaded(t *testing.T, contentType string, body []byte) string {
	t.Helper()
	to := b.allow(t, contentType, len(body))
	require.Equal(t, http.StatusCreated, b.put(t, to, body))
	return to.BlobKey
}

func (b *bench) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

func (b *bench) get(t *testing.T, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.serve(r)
}

func (b *bench) attach(ctx context.Context, key string) error {
	_, err := b.Attach(ctx, &key, upload.PurposeAVATAR)
	return err
}

// pngPicture returns a PNG of the given width.
func pngPicture(t *testing.T, width int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, 3))
	picture.Set(1, 1, color.White)
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, picture))
	return b.Bytes()
}

func jpegPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 3)), nil))
	return b.Bytes()
}

// webpPicture returns the beginning of a WebP file whose first chunk is of the given kind.
func webpPicture(chunk string, body ...byte) []byte {
	b := append([]byte("RIFF\x1e\x00\x00\x00WEBP"+chunk+"\x0a\x00\x00\x00"), body...)
	return append(b, make([]byte, 30-len(b))...)
}
