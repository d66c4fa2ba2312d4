package counsel_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// records is a log that can be waited for.
type records chan slog.Record

func (records) Enabled(context.Context, slog.Level) bool { return true }
func (r records) WithAttrs([]slog.Attr) slog.Handler     { return r }
func (r records) WithGroup(string) slog.Handler          { return r }

func (r records) Handle(_ context.Context, record slog.Record) error {
	r <- record
	return nil
}

// next waits for a record with this beginning.
func (r records) next(t *testing.T, beginning string) slog.Record {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case record := <-r:
			if strings.HasPrefix(record.Message, beginning) {
				return record
			}
		case <-late:
			require.FailNow(t, "nothing is logged: "+beginning)
		}
	}
}

// TestNobodyIsWokenForAReplyWhoseSessionIsGone takes a session away, as the deletion of an account does, while both
// voices are asked: there is nothing to keep, and nothing that an operator must look at.
func TestNobodyIsWokenForAReplyWhoseSessionIsGone(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		log, asked := make(records, 1000), make(chan struct{}, 2)
		words, pass := gated("첫 마디.")
		server := llmtest.New(t, func(r llmtest.Request) llmtest.Answer {
			asked <- struct{}{}
			return words(r)
		})
		b := assemble(t, d, testkit.Bus(t), withModel(t, server), func(deps *counsel.Deps) { deps.Logger = slog.New(log) })
		session := b.start(counselsession.KindWORRY, "고민이에요")
		<-asked
		<-asked
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.CounselMessage.Delete().Where(counselmessage.SessionID(session.ID)).Exec(ctx); err != nil {
				return err
			}
			return tx.CounselSession.DeleteOneID(session.ID).Exec(ctx)
		})
		pass()
		for range 2 {
			require.Equal(t, slog.LevelDebug, log.next(t, "a reply was not kept").Level)
		}
	})
}
