package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent/session"
)

const (
	// pollEvery is how soon a replica knows of a session that has ended on another.
	pollEvery = 2 * time.Second
	// overlap is how far a poll looks behind the one before: transactions commit later than the instant
	// they write, and the clocks of replicas differ.
	overlap = time.Minute
)

// errNotLoaded says that this replica does not know yet which sessions have ended.
var errNotLoaded = errors.New("ended sessions are not loaded yet")

// Check reports whether this replica knows which sessions have ended, for readiness: before it does,
// tokens of ended sessions would pass.
func (s *Service) Check(context.Context) (string, error) {
	if !s.revoked.loaded.Load() {
		return "", errNotLoaded
	}
	return "ended sessions are known", nil
}

// Run keeps the set of ended sessions until ctx ends. While the database is away the set stays as it
// is, and what was missed is read when it is back.
func (s *Service) Run(ctx context.Context) error {
	p := &poller{Service: s, since: s.now().Add(-AccessTokenLife - overlap)}
	p.poll(ctx)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.poll(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// poller is the state of one run.
type poller struct {
	*Service
	since time.Time
	away  bool
}

// poll reads which sessions have ended since the last good poll. An outage is logged once.
func (p *poller) poll(ctx context.Context) {
	begin := p.now()
	err := p.read(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		if !p.away {
			p.logger.WarnContext(ctx, "sessions that end elsewhere are not seen", "error", err)
		}
		p.away = true
		return
	}
	if p.away {
		p.logger.InfoContext(ctx, "sessions that end elsewhere are seen again")
	}
	p.away = false
	p.since = begin.Add(-overlap)
	p.revoked.loaded.Store(true)
	p.revoked.prune(begin.Add(-AccessTokenLife - overlap))
}

func (p *poller) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*pollEvery)
	defer cancel()
	rows, err := p.db.Read().Session.Query().
		Where(session.RevokedAtGTE(p.since)).
		Select(session.FieldID, session.FieldRevokedAt).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read the ended sessions: %w", err)
	}
	for _, row := range rows {
		p.revoked.add(row.ID, *row.RevokedAt)
	}
	return nil
}
