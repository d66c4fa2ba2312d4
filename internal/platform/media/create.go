package media

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"

	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// CreateUpload allows the viewer to send one file and says where to. Faults: [fault.Unauthenticated],
// [fault.Forbidden] for the picture of a store by somebody who runs none, [fault.RateLimited] for
// somebody with too many unattached uploads, [ErrTypeUnsupported], [ErrSizeInvalid].
func (s *Service) CreateUpload(ctx context.Context, input CreateUploadInput) (*Upload, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if input.Purpose == upload.PurposeSTORE_IMAGE && !v.Has(user.RoleOWNER) {
		return nil, fault.Forbidden
	}
	if err := input.check(); err != nil {
		return nil, err
	}
	now := s.now()
	key := newKey(input.Purpose, input.ContentType, now)
	answer, err := s.address(ctx, key, input, now.Add(addressLife))
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.RequireUser(ctx, v.ID); err != nil {
			return err
		}
		pending, err := tx.Upload.Query().
			Where(upload.UserID(v.ID), upload.AttachedAtIsNil(), upload.CreatedAtGT(now.Add(-attachable))).
			Count(ctx)
		if err != nil {
			return fmt.Errorf("count the pending uploads of %s: %w", v.ID, err)
		}
		if pending >= maxPending {
			return fault.RateLimited.After(time.Hour)
		}
		return tx.Upload.Create().
			SetUserID(v.ID).SetPurpose(input.Purpose).SetBlobKey(key).SetCreatedAt(now).
			SetContentType(input.ContentType).SetByteSize(int64(input.ByteSize)).
			Exec(ctx)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// check returns every wrong field.
func (i CreateUploadInput) check() error {
	var faults fault.List
	if _, ok := extensions()[i.ContentType]; !ok {
		faults = append(faults, ErrTypeUnsupported.At("contentType"))
	}
	if i.ByteSize < 1 || i.ByteSize > maxSize(i.Purpose) {
		faults = append(faults, ErrSizeInvalid.At("byteSize"))
	}
	return faults.Err()
}

// address returns where to send the file: to the bucket itself where it can check what it is sent,
// otherwise to [Service.Handler].
func (s *Service) address(ctx context.Context, key string, input CreateUploadInput, expires time.Time) (*Upload, error) {
	answer := &Upload{
		Method:    "PUT",
		Headers:   map[string]string{"Content-Type": input.ContentType},
		BlobKey:   key,
		ExpiresAt: expires,
	}
	if !s.presigns {
		answer.URL = s.sign(key, input.ByteSize, expires)
		return answer, nil
	}
	address, err := s.bucket.SignedURL(ctx, key, &blob.SignedURLOptions{
		Method: answer.Method,
		Expiry: addressLife,
		// All of these become signed headers: the bucket takes the announced type and size only,
		// and only once.
		BeforeSign: func(as func(any) bool) error {
			var put *s3.PutObjectInput
			if !as(&put) {
				return fmt.Errorf("presign %s: the bucket is not S3", key)
			}
			put.ContentType = aws.String(input.ContentType)
			put.ContentLength = aws.Int64(int64(input.ByteSize))
			put.CacheControl = aws.String(forever)
			put.IfNoneMatch = aws.String("*")
			return nil
		},
	})
	if err != nil {
		return nil, fault.Unavailable.Wrap(fmt.Errorf("presign the upload of %s: %w", key, err))
	}
	answer.URL = address
	answer.Headers = map[string]string{"Content-Type": input.ContentType, "Cache-Control": forever, "If-None-Match": "*"}
	return answer, nil
}
