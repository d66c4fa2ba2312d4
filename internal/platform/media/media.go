// Package media is the pictures that people upload: where to send them, whether they are what they
// were announced to be, and where they are shown.
package media

import (
	"time"

	"github.com/moa-bff/moa/ent/upload"
)

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
