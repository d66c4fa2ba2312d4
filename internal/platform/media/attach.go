package media

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// sniffed is how many bytes [http.DetectContentType] looks at.
const sniffed = 512

// Attach accepts an uploaded picture for good and returns its key; a nil key is no picture and gives
// "". It reads the bucket over the network, so call it before the transaction that keeps the key.
// Faults: [ErrNotFound] when the viewer has not uploaded such a file for this purpose, has attached it
// already or has waited for more than a day; [ErrContentMismatch] when the bytes are not what was
// announced. Neither names a field: the caller knows how its input calls the key.
func (s *Service) Attach(ctx context.Context, key *string, purpose upload.Purpose) (string, error) {
	if key == nil {
		return "", nil
	}
	v, err := viewer.Require(ctx)
	if err != nil {
		return "", err
	}
	if _, ok := typeOf(*key); !ok {
		return "", ErrNotFound
	}
	row, err := s.db.Read().Upload.Query().
		Where(upload.BlobKey(*key), upload.UserID(v.ID), upload.PurposeEQ(purpose),
			upload.AttachedAtIsNil(), upload.CreatedAtGT(s.now().Add(-attachable))).
		Only(ctx)
	if ent.IsNotFound(err) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("look up upload %s: %w", *key, err)
	}
	if err := s.inspect(ctx, row); err != nil {
		return "", err
	}
	if err := s.accept(ctx, row); err != nil {
		return "", err
	}
	return row.BlobKey, nil
}

// accept marks the upload as attached, once.
func (s *Service) accept(ctx context.Context, row *ent.Upload) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Upload.Update().
			Where(upload.ID(row.ID), upload.AttachedAtIsNil()).
			SetAttachedAt(s.now()).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("attach upload %s: %w", row.ID, err)
		}
		if n == 0 {
			return ErrNotFound
		}
		return nil
	})
}

// Release gives pictures back in the transaction that drops their keys; [Service.Sweep] removes them.
func (s *Service) Release(ctx context.Context, tx *db.Tx, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	err := tx.Upload.Update().Where(upload.BlobKeyIn(keys...)).ClearAttachedAt().Exec(ctx)
	if err != nil {
		return fmt.Errorf("release %d uploads: %w", len(keys), err)
	}
	return nil
}

// inspect returns [ErrContentMismatch] unless the bytes are what was announced.
func (s *Service) inspect(ctx context.Context, row *ent.Upload) error {
	reader, err := s.bucket.NewReader(ctx, row.BlobKey, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return ErrNotFound
	}
	if err != nil {
		return bucketAway(err)
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	if err := compare(reader, row); err != nil {
		return ErrContentMismatch.Wrap(err)
	}
	buffered := bufio.NewReaderSize(trouble{reader}, sniffed)
	err = examine(buffered, row.ContentType)
	var away readError
	if errors.As(err, &away) {
		return bucketAway(away.error)
	}
	if err != nil {
		return ErrContentMismatch.Wrap(err)
	}
	return nil
}

// compare holds what the bucket says against what was announced.
func compare(reader *blob.Reader, row *ent.Upload) error {
	if reader.Size() != row.ByteSize {
		return fmt.Errorf("%d bytes instead of %d", reader.Size(), row.ByteSize)
	}
	if reader.ContentType() != row.ContentType {
		return fmt.Errorf("kept as %q instead of %q", reader.ContentType(), row.ContentType)
	}
	return nil
}

// examine looks at the first bytes, and at the header of the picture that they begin.
func examine(reader *bufio.Reader, contentType string) error {
	head, err := reader.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if found := http.DetectContentType(head); found != contentType {
		return fmt.Errorf("looks like %s", found)
	}
	width, height, err := dimensions(reader, contentType)
	if err != nil {
		return fmt.Errorf("no header of %s: %w", contentType, err)
	}
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return fmt.Errorf("%d by %d pixels", width, height)
	}
	return nil
}

// trouble tells failures of the bucket from the end of a truncated picture.
type trouble struct{ io.Reader }

// readError is a failure of the bucket.
type readError struct{ error }

// Read implements [io.Reader].
func (t trouble) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, readError{err}
	}
	return n, err
}

// bucketAway gives a failure of the bucket the shape that clients may see.
func bucketAway(err error) error {
	return fault.Unavailable.Wrap(fmt.Errorf("reach the bucket: %w", err))
}
