package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/reads"
)

// outsideAge is how long an answer from a source outside is kept: nothing tells of changes there.
const outsideAge = time.Minute

// stamp is the state of the data before an answer is read from them.
type stamp struct {
	// version counts the imports of the kind, see [ent.DataVersion].
	version int64
	// mark is the place among the changes that Moa itself makes.
	mark reads.Mark
	at   time.Time
}

// stamp takes the state of the data of a kind.
func (s *Service) stamp(ctx context.Context, k *Kind) (stamp, error) {
	now := stamp{mark: s.deps.Ledger.Begin(), at: s.deps.Now()}
	if s.isOutside(k) {
		return now, nil
	}
	versions, err := s.versions(ctx)
	now.version = versions[k.Name]
	return now, err
}

// versions returns how often the data of each kind have been imported.
func (s *Service) versions(ctx context.Context) (map[string]int64, error) {
	rows, err := s.deps.DB.Read().QueryContext(ctx, "SELECT kind, version FROM data_versions")
	if err != nil {
		return nil, fmt.Errorf("read the versions of the data: %w", db.Fault(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	found := map[string]int64{}
	for rows.Next() {
		var kind string
		var version int64
		if err := rows.Scan(&kind, &version); err != nil {
			return nil, fmt.Errorf("read the versions of the data: %w", err)
		}
		found[kind] = version
	}
	return found, db.Fault(rows.Err())
}

// holds reports whether what was read from the state then still answers an inquiry.
func (s *Service) holds(q *inquiry, then stamp) bool {
	if !s.knows(q) { // first: what is known now is what the ledger then says
		return false
	}
	tags := s.tagsOf(q.plan.kind)
	if len(tags) > 0 && !s.deps.Ledger.Holds(then.mark, tags) {
		return false
	}
	if s.isOutside(q.plan.kind) {
		return q.now.at.Sub(then.at) < outsideAge
	}
	return then.version == q.now.version
}

// knows reports whether this process knows well enough what others have changed to answer with what was read
// before. Who watches hears of the rest later.
func (s *Service) knows(q *inquiry) bool {
	return q.watching || s.isOutside(q.plan.kind) || s.deps.Ledger.Trusted()
}

// isOutside reports whether the data of a kind are not in Moa's own database.
func (s *Service) isOutside(k *Kind) bool { return s.SourceOf(k) != SourceDatabase }

// tagsOf returns what Moa itself changes of the data of a kind.
func (s *Service) tagsOf(k *Kind) []reads.Slot {
	switch s.SourceOf(k) {
	case SourceTrino:
		return nil
	case SourceGA4: // which stores are read, and as whom, is known here
		return []reads.Slot{reads.SlotOf(reads.Integrations)}
	}
	tags := []reads.Slot{reads.SlotOf(reads.Stores)} // their names, and whose they are
	for _, tag := range k.tags {
		tags = append(tags, reads.SlotOf(tag))
	}
	return tags
}
