package media

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent/upload"
)

// maxSize returns the largest file for a purpose, in bytes.
func maxSize(purpose upload.Purpose) int {
	if purpose == upload.PurposeSTORE_IMAGE {
		return 10_000_000
	}
	return 5_000_000
}

// extensions maps each accepted media type to the end of its keys: the key alone tells the type.
func extensions() map[string]string {
	return map[string]string{"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
}

// newKey returns a key that nobody can guess: 80 random bits behind the time.
func newKey(purpose upload.Purpose, contentType string, now time.Time) string {
	id := ulid.MustNew(ulid.Timestamp(now), rand.Reader)
	folder := strings.ReplaceAll(strings.ToLower(string(purpose)), "_", "-")
	return folder + "/" + strings.ToLower(id.String()) + "." + extensions()[contentType]
}

// typeOf returns the media type that a key stands for; false for what [newKey] cannot have returned,
// which never reaches the bucket or the rows.
func typeOf(key string) (string, bool) {
	folder, file, _ := strings.Cut(key, "/")
	id, extension, _ := strings.Cut(file, ".")
	if folder != "avatar" && folder != "store-image" {
		return "", false
	}
	if len(id) != ulid.EncodedSize || strings.Trim(id, strings.ToLower(ulid.Encoding)) != "" {
		return "", false
	}
	for contentType, known := range extensions() {
		if extension == known {
			return contentType, true
		}
	}
	return "", false
}
