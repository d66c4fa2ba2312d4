// Package media is the pictures that people upload: where to send them, whether they are what they
// were announced to be, and where they are shown.
//
// An upload goes through four hands. [Service.CreateUpload] answers a signed address, the client
// sends the bytes there, [Service.Attach] looks at them and accepts them, and [Service.Sweep] removes
// what nobody has attached. A key names the same bytes for ever, so caches may keep them for ever.
package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"

	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// Why an upload can be refused.
var (
	ErrTypeUnsupported = fault.Business("UPLOAD_TYPE_UNSUPPORTED")
	ErrSizeInvalid     = fault.Business("UPLOAD_SIZE_INVALID")
	ErrNotFound        = fault.Business("UPLOAD_NOT_FOUND")
	ErrContentMismatch = fault.Business("UPLOAD_CONTENT_MISMATCH")
)

// The life of an upload.
const (
	// addressLife is how long the address of an upload works.
	addressLife = 15 * time.Minute
	// attachable is how long an upload may wait for its owner to attach it.
	attachable = 24 * time.Hour
	// sweepable is the age at which an unattached upload is removed: later than attachable by more
	// than any request takes, so that nothing is removed while it is being attached.
	sweepable = attachable + time.Hour
	// maxPending is how many unattached uploads of the last day one user may have, so that nobody
	// fills the bucket.
	maxPending = 50
)

// forever tells caches to keep what they have: a key never names other bytes (RFC 9111 §5.2.2,
// RFC 8246).
const forever = "public, max-age=31536000, immutable"

// CreateUploadInput announces a file.
type CreateUploadInput struct {
	Purpose     upload.Purpose
	ContentType string
	ByteSize    int
}

// Upload says where and how to send a file.
type Upload struct {
	URL       string
	Method    string
	Headers   any
	BlobKey   string
	ExpiresAt time.Time
}

// Deps are what the service needs.
type Deps struct {
	// DB keeps who was allowed to upload what.
	DB *db.DB
	// Bucket keeps the bytes; see [OpenBucket].
	Bucket *blob.Bucket
	// BaseURL is where uploads are shown, such as a CDN in front of the bucket. Defaults to /media/,
	// which [Service.Handler] serves.
	BaseURL string
	// UploadURL is where [Service.Handler] takes files when the bucket cannot take them itself.
	// Defaults to /uploads/.
	UploadURL string
	// SigningKey is the secret behind the addresses of uploads, 32 bytes or more.
	SigningKey []byte
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of failures of the bucket. Defaults to no log.
	Logger *slog.Logger
}

// Service takes, checks and shows uploads.
type Service struct {
	db        *db.DB
	bucket    *blob.Bucket
	baseURL   string
	uploadURL string
	key       []byte
	now       func() time.Time
	logger    *slog.Logger
	writing   *keySet
	// presigns is set when the bucket takes files itself, at presigned addresses.
	presigns bool
}

// New returns the service over a bucket. The caller owns the bucket and closes it.
func New(deps Deps) *Service {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	var client *s3.Client
	return &Service{
		db:        deps.DB,
		bucket:    deps.Bucket,
		baseURL:   folder(deps.BaseURL, "/media/"),
		uploadURL: folder(deps.UploadURL, "/uploads/"),
		key:       subkey(deps.SigningKey),
		now:       deps.Now,
		logger:    deps.Logger,
		writing:   newKeySet(),
		presigns:  deps.Bucket.As(&client),
	}
}

// URL returns the public address of a picture, or nil when there is none.
func (s *Service) URL(key *string) *string {
	if key == nil {
		return nil
	}
	address := s.baseURL + *key
	return &address
}

// folder returns address, or fallback when it is empty, with a slash at its end.
func folder(address, fallback string) string {
	if address == "" {
		return fallback
	}
	return strings.TrimSuffix(address, "/") + "/"
}

// subkey derives the key of this package, so that no signature made elsewhere with the same secret
// can ever pass here.
func subkey(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("moa upload address"))
	return mac.Sum(nil)
}
