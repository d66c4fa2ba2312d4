package media_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/test/testkit"
)

func TestPicturesOfEveryTypeCanBeAttachedAndShown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for contentType, bodies := range map[string][][]byte{
			"image/png":  {pngPicture(t, 4)},
			"image/jpeg": {jpegPicture(t)},
			"image/webp": {
				webpPicture("VP8X", 0, 0, 0, 0, 8, 0, 0, 2, 0, 0),
				webpPicture("VP8L", 0x2f, 8, 0x80, 0, 0),
				webpPicture("VP8 ", 0, 0, 0, 0x9d, 0x01, 0x2a, 9, 0, 3, 0),
			},
		} {
			for _, body := range bodies {
				key := b.uploaded(t, contentType, body)
				stored, err := b.Attach(testkit.As(t, b.user), &key, upload.PurposeAVATAR)
				require.NoError(t, err, "%s", body)
				require.Equal(t, key, stored)

				w := b.get(t, http.MethodGet, *b.URL(&stored))
				require.Equal(t, http.StatusOK, w.Code)
				require.Equal(t, contentType, w.Header().Get("Content-Type"))
				require.Equal(t, body, w.Body.Bytes())
			}
		}
	})
}

func TestAttachRefusesWhatWasNotAnnounced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		full := pngPicture(t, 4)
		for name, attempt := range map[string]struct {
			contentType string
			body        []byte
		}{
			"a page":                    {"image/png", []byte("<!doctype html><script>alert(1)</script>")},
			"another type":              {"image/png", jpegPicture(t)},
			"a signature alone":         {"image/png", full[:12]},
			"a JPEG without a frame":    {"image/jpeg", []byte("\xff\xd8\xff\xe0\x00\x10JFIF")},
			"a side too long":           {"image/png", pngPicture(t, 16_385)},
			"a WebP of an unknown kind": {"image/webp", webpPicture("ANIM", 1, 2, 3)},
			"a WebP cut short":          {"image/webp", webpPicture("VP8L", 0x2f)[:24]},
			"a WebP without pixels":     {"image/webp", webpPicture("VP8 ", 0, 0, 0, 0x9d, 0x01, 0x2a)},
		} {
			key := b.uploaded(t, attempt.contentType, attempt.body)
			require.ErrorIs(t, b.attach(testkit.As(t, b.user), key), media.ErrContentMismatch, name)
		}
	})
}

func TestAttachLooksAtWhatTheBucketKeeps(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := testkit.As(t, b.user)
		body := pngPicture(t, 4)
		// A bucket that takes files itself may be sent anything.
		larger := b.allow(t, "image/png", len(body))
		require.NoError(t, b.bucket.WriteAll(ctx, larger.BlobKey, append(body, 0), nil))
		require.ErrorIs(t, b.attach(ctx, larger.BlobKey), media.ErrContentMismatch)

		script := b.allow(t, "image/png", len(body))
		page := &blob.WriterOptions{ContentType: "text/html"}
		require.NoError(t, b.bucket.WriteAll(ctx, script.BlobKey, body, page))
		require.ErrorIs(t, b.attach(ctx, script.BlobKey), media.ErrContentMismatch)
	})
}

func TestAttachRefusesKeysThatAreNotForTheViewer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := testkit.As(t, b.user)
		key := b.uploaded(t, "image/png", pngPicture(t, 4))
		require.ErrorIs(t, b.attach(t.Context(), key), fault.Unauthenticated)
		require.ErrorIs(t, b.attach(testkit.As(t, testkit.Person(t, b.db, user.RoleADMIN)), key), media.ErrNotFound)
		_, err := b.Attach(ctx, &key, upload.PurposeSTORE_IMAGE)
		require.ErrorIs(t, err, media.ErrNotFound)
		for _, other := range []string{"", "avatar/../../etc/passwd", "avatar/x.png", "nul\x00", key + "\n", key + ".attrs"} {
			require.ErrorIs(t, b.attach(ctx, other), media.ErrNotFound, "%q", other)
		}
		never := b.allow(t, "image/png", 10)
		require.ErrorIs(t, b.attach(ctx, never.BlobKey), media.ErrNotFound, "nothing was sent")

		require.NoError(t, b.attach(ctx, key))
		require.ErrorIs(t, b.attach(ctx, key), media.ErrNotFound, "attached already")
	})
}

func TestAttachOfNoKeyIsNoPicture(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		stored, err := b.Attach(t.Context(), nil, upload.PurposeAVATAR)
		require.NoError(t, err)
		require.Empty(t, stored)
		require.Nil(t, b.URL(nil))
	})
}

func TestAnUploadIsAttachedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		key := b.uploaded(t, "image/png", pngPicture(t, 4))
		ctx := testkit.As(t, b.user)
		var attached atomic.Int64
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if b.attach(ctx, key) == nil {
					attached.Add(1)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 1, attached.Load())
	})
}

func TestSweepRemovesWhatNobodyAttached(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ctx := testkit.As(t, b.user)
		kept := b.uploaded(t, "image/png", pngPicture(t, 4))
		dropped := b.uploaded(t, "image/png", pngPicture(t, 5))
		released := b.uploaded(t, "image/png", pngPicture(t, 6))
		empty := b.allow(t, "image/png", 10).BlobKey
		require.NoError(t, b.attach(ctx, kept))
		require.NoError(t, b.attach(ctx, released))

		b.advance(23 * time.Hour)
		fresh := b.uploaded(t, "image/png", pngPicture(t, 7))
		require.NoError(t, b.Sweep(t.Context()))
		require.ElementsMatch(t, []string{kept, dropped, released, empty, fresh}, b.keys(t), "a day has not passed")

		b.advance(3 * time.Hour)
		require.ErrorIs(t, b.attach(ctx, dropped), media.ErrNotFound, "what may be swept cannot be attached")
		testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error { return b.Release(ctx, tx, released) })
		require.NoError(t, b.Sweep(t.Context()))
		require.ElementsMatch(t, []string{kept, fresh}, b.keys(t))
		for key, there := range map[string]bool{kept: true, fresh: true, dropped: false, released: false} {
			exists, err := b.bucket.Exists(ctx, key)
			require.NoError(t, err)
			require.Equal(t, there, exists, key)
		}
	})
}

func TestSweepGoesThroughManyBatches(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		testkit.Write(t, b.db, func(ctx context.Context, tx *db.Tx) error {
			rows := make([]string, 250)
			return tx.Upload.MapCreateBulk(rows, func(c *ent.UploadCreate, i int) {
				c.SetUserID(b.user.ID).SetPurpose(upload.PurposeAVATAR).SetBlobKey("avatar/" + string(rune('a'+i))).
					SetContentType("image/png").SetByteSize(1)
			}).Exec(ctx)
		})
		b.advance(26 * time.Hour)
		require.NoError(t, b.Sweep(t.Context()))
		require.Empty(t, b.keys(t))
	})
}

func (b *bench) keys(t *testing.T) []string {
	t.Helper()
	rows, err := b.db.Read().Upload.Query().All(t.Context())
	require.NoError(t, err)
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = row.BlobKey
	}
	return keys
}
