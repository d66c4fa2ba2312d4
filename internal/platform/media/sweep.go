package media

import (
	"context"
	"errors"
	"fmt"

	"gocloud.dev/gcerrors"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/upload"
	"github.com/moa-bff/moa/internal/platform/db"
)

// sweepBatch is how many uploads are removed in one transaction.
const sweepBatch = 100

// Sweep removes the uploads that were not attached within a day, and those that were released. It may
// run at any time and again; what the bucket does not give up now stays for the next time.
func (s *Service) Sweep(ctx context.Context) error {
	var failures []error
	after := ""
	for {
		rows, err := s.db.Read().Upload.Query().
			Where(upload.AttachedAtIsNil(), upload.CreatedAtLT(s.now().Add(-sweepable)), upload.IDGT(after)).
			Order(upload.ByID()).
			Limit(sweepBatch).
			All(ctx)
		if err != nil {
			return fmt.Errorf("list the uploads to remove: %w", err)
		}
		if len(rows) == 0 {
			return errors.Join(failures...)
		}
		after = rows[len(rows)-1].ID
		if err := s.remove(ctx, rows); err != nil {
			failures = append(failures, err)
		}
	}
}

// remove deletes the bytes and then the rows, so that a failure forgets nothing.
func (s *Service) remove(ctx context.Context, rows []*ent.Upload) error {
	var failures []error
	gone := make([]string, 0, len(rows))
	for _, row := range rows {
		err := s.bucket.Delete(ctx, row.BlobKey)
		if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			failures = append(failures, fmt.Errorf("remove %s: %w", row.BlobKey, err))
			continue
		}
		gone = append(gone, row.ID)
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Upload.Delete().Where(upload.IDIn(gone...), upload.AttachedAtIsNil()).Exec(ctx)
		return err
	})
	if err != nil {
		failures = append(failures, fmt.Errorf("forget %d uploads: %w", len(gone), err))
	}
	return errors.Join(failures...)
}
