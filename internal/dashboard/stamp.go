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
	mark    reads.Mark
	trusted bool
	at      time.Time
}

// stamp takes the state of the data of a kind.
func (s *Service) stamp(ctx context.Context, k *Kind) (stamp, error) {
	now := stamp{mark: s.deps.Ledger.Begin(), trusted: s.deps.Ledger.Trusted(), at: s.deps.Now()}
	if s.SourceOf(k) != SourceDatabase {
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

// holds reports whether what was read from the state then is still so now.
func (s *Service) holds(k *Kind, then, now stamp) bool {
	switch s.SourceOf(k) {
	case SourceTrino:
		return now.at.Sub(then.at) < outsideAge
	case SourceGA4: // which stores are read, and as whom, is known here
		return now.at.Sub(then.at) < outsideAge && s.deps.Ledger.Holds(then.mark, []reads.Slot{reads.SlotOf(reads.Integrations)})
	}
	return then.version == now.version && then.trusted && now.trusted && s.deps.Ledger.Holds(then.mark, tagsOf(k))
}

// tagsOf returns what Moa itself changes of the data of a kind, beside the names of stores.
func tagsOf(k *Kind) []reads.Slot {
	tags := []reads.Slot{reads.SlotOf(reads.Stores)}
	for _, tag := range k.tags {
		tags = append(tags, reads.SlotOf(tag))
	}
	return tags
}
