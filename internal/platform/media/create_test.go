package media_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"

	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/test/testkit"
)

func openMemory(t *testing.T) *blob.Bucket {
	t.Helper()
	bucket, err := media.OpenBucket(t.Context(), "mem://")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	return bucket
}

func TestCreateUploadHoldsTheRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		as := func(role user.Role) context.Context { return testkit.As(t, testkit.Person(t, b.db, role)) }
		for name, attempt := range map[string]struct {
			ctx         context.Context
			purpose     upload.Purpose
			contentType string
			size        int
			want        error
			fields      []string
		}{
			"a guest":               {t.Context(), upload.PurposeAVATAR, "image/png", 1, fault.Unauthenticated, nil},
			"a user's store":        {as(user.RoleUSER), upload.PurposeSTORE_IMAGE, "image/png", 1, fault.Forbidden, nil},
			"a counselor's store":   {as(user.RoleCOUNSELOR), upload.PurposeSTORE_IMAGE, "image/png", 1, fault.Forbidden, nil},
			"an owner's store":      {as(user.RoleOWNER), upload.PurposeSTORE_IMAGE, "image/webp", 10_000_000, nil, nil},
			"an operator's store":   {as(user.RoleADMIN), upload.PurposeSTORE_IMAGE, "image/jpeg", 1, nil, nil},
			"the largest avatar":    {as(user.RoleUSER), upload.PurposeAVATAR, "image/png", 5_000_000, nil, nil},
			"an avatar too large":   {as(user.RoleUSER), upload.PurposeAVATAR, "image/png", 5_000_001, media.ErrSizeInvalid, []string{"byteSize"}},
			"a store too large":     {as(user.RoleOWNER), upload.PurposeSTORE_IMAGE, "image/png", 10_000_001, media.ErrSizeInvalid, []string{"byteSize"}},
			"nothing":               {as(user.RoleUSER), upload.PurposeAVATAR, "image/png", 0, media.ErrSizeInvalid, []string{"byteSize"}},
			"a script in a picture": {as(user.RoleUSER), upload.PurposeAVATAR, "image/svg+xml", 1, media.ErrTypeUnsupported, []string{"contentType"}},
			"both wrong":            {as(user.RoleUSER), upload.PurposeAVATAR, "", -1, media.ErrTypeUnsupported, []string{"contentType", "byteSize"}},
		} {
			answer, err := b.CreateUpload(attempt.ctx, media.CreateUploadInput{
				Purpose: attempt.purpose, ContentType: attempt.contentType, ByteSize: attempt.size,
			})
			require.ErrorIs(t, err, attempt.want, name)
			var fields []string
			for _, f := range fault.BusinessOf(err) {
				fields = append(fields, f.Field...)
			}
			require.Equal(t, attempt.fields, fields, name)
			require.Equal(t, attempt.want == nil, answer != nil, name)
		}
	})
}

func TestCreateUploadAnswersAnAddressThatEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		one, two := b.allow(t, "image/png", 10), b.allow(t, "image/png", 10)
		require.NotEqual(t, one.BlobKey, two.BlobKey)
		require.Equal(t, "PUT", one.Method)
		require.Equal(t, map[string]string{"Content-Type": "image/png"}, one.Headers)
		require.True(t, strings.HasPrefix(one.URL, "/uploads/"+one.BlobKey+"?"), one.URL)
		require.WithinDuration(t, time.Now().Add(15*time.Minute), one.ExpiresAt, time.Minute)
	})
}

func TestNobodyFillsTheBucket(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		for range 50 {
			b.allow(t, "image/png", 10)
		}
		input := media.CreateUploadInput{Purpose: upload.PurposeAVATAR, ContentType: "image/png", ByteSize: 10}
		_, err := b.CreateUpload(testkit.As(t, b.user), input)
		require.ErrorIs(t, err, fault.RateLimited)
		_, err = b.CreateUpload(testkit.As(t, testkit.Person(t, b.db, user.RoleUSER)), input)
		require.NoError(t, err, "others go on")
		b.advance(24*time.Hour + time.Minute)
		b.allow(t, "image/png", 10)
	})
}

// The test does not run in parallel: the credentials come from the environment.
func TestS3TakesTheFileItself(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
	bucket, err := media.OpenBucket(t.Context(), "s3://pictures?region=ap-northeast-2")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	b := newBench(t, testkit.SQLite(t), bucket)

	answer := b.allow(t, "image/png", 1234)
	u, err := url.Parse(answer.URL)
	require.NoError(t, err)
	require.Equal(t, "pictures.s3.ap-northeast-2.amazonaws.com", u.Host)
	require.Equal(t, "/"+answer.BlobKey, u.Path)
	require.Equal(t, "900", u.Query().Get("X-Amz-Expires"))
	signed := strings.Split(u.Query().Get("X-Amz-SignedHeaders"), ";")
	require.Contains(t, signed, "content-length", "only the announced size fits")
	for name := range answer.Headers.(map[string]string) {
		require.Contains(t, signed, strings.ToLower(name))
	}
	require.Equal(t, map[string]string{
		"Content-Type":  "image/png",
		"Cache-Control": "public, max-age=31536000, immutable",
		"If-None-Match": "*",
	}, answer.Headers)
}

func TestURLsStandBelowTheirBase(t *testing.T) {
	t.Parallel()
	key := "avatar/x.png"
	for base, want := range map[string]string{
		"":                         "/media/avatar/x.png",
		"https://cdn.example/moa":  "https://cdn.example/moa/avatar/x.png",
		"https://cdn.example/moa/": "https://cdn.example/moa/avatar/x.png",
	} {
		s := media.New(media.Deps{Bucket: openMemory(t), BaseURL: base})
		require.Equal(t, want, *s.URL(&key))
	}
}

func TestOpenBucketRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "gs://bucket", "/folder", "file:///proc/none/such", "::"} {
		_, err := media.OpenBucket(t.Context(), address)
		require.Error(t, err, address)
	}
}

func TestNoUploadIsKeptForWhoIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		err := testkit.DuringDeletion(t, b.db, b.user, func() error {
			_, err := b.CreateUpload(testkit.As(t, b.user), media.CreateUploadInput{
				Purpose: upload.PurposeAVATAR, ContentType: "image/png", ByteSize: 1,
			})
			return err
		})
		require.ErrorIs(t, err, fault.Unauthenticated)
		require.Zero(t, b.db.Read().Upload.Query().CountX(t.Context()))
	})
}
