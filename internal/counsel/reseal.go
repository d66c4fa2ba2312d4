package counsel

import (
	"context"
	"fmt"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/counselshare"
	"github.com/moa-bff/moa/ent/counselweeksummary"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// resealBatch is how many texts are sealed anew in one transaction.
const resealBatch = 200

// sealedRow is a sealed text and the id of its row.
type sealedRow struct {
	id   string
	text []byte
}

// sealedTexts is one column of sealed texts.
type sealedTexts struct {
	bound string
	// after returns the next rows after an id, in the order of their ids.
	after func(ctx context.Context, id string) ([]sealedRow, error)
	// replace writes a text in the place of one that is still there.
	replace func(ctx context.Context, tx *db.Tx, id string, was, now []byte) error
}

// Reseal seals anew, with the current data key, everything that was sealed with an older one: see
// [vault.Vault.Register]. A reply that is being written is left to its writer, who seals all of it again.
func (s *Service) Reseal(ctx context.Context, again vault.Again) error {
	for _, texts := range s.sealed() {
		for last := ""; ; {
			rows, err := texts.after(ctx, last)
			if err != nil {
				return fmt.Errorf("read sealed texts of %s: %w", texts.bound, db.Fault(err))
			}
			if len(rows) == 0 {
				break
			}
			if err := s.resealRows(ctx, texts, rows, again); err != nil {
				return err
			}
			last = rows[len(rows)-1].id
		}
	}
	return nil
}

func (s *Service) resealRows(ctx context.Context, texts sealedTexts, rows []sealedRow, again vault.Again) error {
	fresh := map[string]sealedRow{}
	for _, row := range rows {
		text, changed, err := again(ctx, row.text, texts.bound, row.id)
		if err != nil {
			return fmt.Errorf("seal %s of %s again: %w", texts.bound, row.id, err)
		}
		if changed {
			fresh[row.id] = sealedRow{id: row.id, text: text}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, row := range rows {
			if now, ok := fresh[row.id]; ok {
				if err := texts.replace(ctx, tx, row.id, row.text, now.text); err != nil {
					return fmt.Errorf("keep %s of %s: %w", texts.bound, row.id, err)
				}
			}
		}
		return nil
	})
}

// sealed lists where sealed texts are kept.
func (s *Service) sealed() []sealedTexts {
	read := s.deps.DB.Read()
	return []sealedTexts{
		{
			boundBody,
			func(ctx context.Context, id string) (rows []sealedRow, err error) {
				found, err := read.CounselMessage.Query().
					Where(counselmessage.IDGT(id), counselmessage.StatusNEQ(counselmessage.StatusSTREAMING)).
					Order(counselmessage.ByID()).Limit(resealBatch).All(ctx)
				for _, row := range found {
					rows = append(rows, sealedRow{row.ID, row.Body})
				}
				return rows, err
			},
			func(ctx context.Context, tx *db.Tx, id string, was, now []byte) error {
				return tx.CounselMessage.Update().Where(counselmessage.ID(id), counselmessage.Body(was)).SetBody(now).Exec(ctx)
			},
		},
		{
			boundTitle,
			func(ctx context.Context, id string) (rows []sealedRow, err error) {
				found, err := read.CounselSession.Query().Where(counselsession.IDGT(id)).
					Order(counselsession.ByID()).Limit(resealBatch).All(ctx)
				for _, row := range found {
					rows = append(rows, sealedRow{row.ID, row.Title})
				}
				return rows, err
			},
			func(ctx context.Context, tx *db.Tx, id string, was, now []byte) error {
				return tx.CounselSession.Update().Where(counselsession.ID(id), counselsession.Title(was)).SetTitle(now).Exec(ctx)
			},
		},
		{
			boundSummary,
			func(ctx context.Context, id string) (rows []sealedRow, err error) {
				found, err := read.CounselWeekSummary.Query().Where(counselweeksummary.IDGT(id), counselweeksummary.BodyNotNil()).
					Order(counselweeksummary.ByID()).Limit(resealBatch).All(ctx)
				for _, row := range found {
					rows = append(rows, sealedRow{row.ID, *row.Body})
				}
				return rows, err
			},
			func(ctx context.Context, tx *db.Tx, id string, was, now []byte) error {
				return tx.CounselWeekSummary.Update().Where(counselweeksummary.ID(id), counselweeksummary.Body(was)).SetBody(now).Exec(ctx)
			},
		},
		{
			boundShare,
			func(ctx context.Context, id string) (rows []sealedRow, err error) {
				found, err := read.CounselShare.Query().Where(counselshare.IDGT(id)).
					Order(counselshare.ByID()).Limit(resealBatch).All(ctx)
				for _, row := range found {
					rows = append(rows, sealedRow{row.ID, row.Token})
				}
				return rows, err
			},
			func(ctx context.Context, tx *db.Tx, id string, was, now []byte) error {
				// The column is immutable for everybody else.
				_, err := tx.ExecContext(ctx, "UPDATE "+counselshare.Table+" SET token = $1 WHERE id = $2 AND token = $3", now, id, was)
				return err
			},
		},
	}
}
