package coupon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// How searches are remembered.
const (
	// waitingSearches is how many may wait to be written; beyond it they are forgotten.
	waitingSearches = 1024
	// keptSearches is how many are kept of each user.
	keptSearches = 100
	// longestSearch is how many letters are kept of each.
	longestSearch = 100
	// searchTime bounds the writing of one search.
	searchTime = 2 * time.Second
)

// search is what a user has looked for.
type search struct{ userID, keyword string }

// searchLog remembers searches beside the reads that they come with: it never slows nor fails one.
type searchLog struct {
	deps    Deps
	waiting chan search
}

func newSearchLog(deps Deps) *searchLog {
	return &searchLog{deps: deps, waiting: make(chan search, waitingSearches)}
}

// note leaves a viewer's search to be remembered; guests leave none.
func (l *searchLog) note(ctx context.Context, words *string) {
	if words == nil {
		return // without asking who asks: the list is the same for everybody
	}
	v := viewer.From(ctx)
	if v.IsGuest() {
		return
	}
	keyword := []rune(strings.ReplaceAll(db.SearchText(*words), "\n", " "))
	if len(keyword) < 2 {
		return // too short to find anything
	}
	select {
	case l.waiting <- search{v.ID, string(keyword[:min(len(keyword), longestSearch)])}:
	default:
	}
}

// run writes searches until ctx ends, then what waits.
func (l *searchLog) run(ctx context.Context) error {
	for {
		select {
		case entry := <-l.waiting:
			l.write(ctx, entry)
		case <-ctx.Done():
			for {
				select {
				case entry := <-l.waiting:
					l.write(ctx, entry)
				default:
					return nil
				}
			}
		}
	}
}

func (l *searchLog) write(ctx context.Context, entry search) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), searchTime)
	defer cancel()
	err := l.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return record(ctx, tx, entry) })
	if err != nil && !errors.Is(err, fault.Unauthenticated) { // whose account is gone is forgotten
		l.deps.Logger.WarnContext(ctx, "a search is not remembered", "error", err)
	}
}

// record adds a search unless the user's last one was the same, and forgets the oldest.
func record(ctx context.Context, tx *db.Tx, entry search) error {
	if err := tx.RequireUser(ctx, entry.userID); err != nil {
		return err
	}
	kept, err := tx.SearchHistory.Query().
		Where(searchhistory.UserID(entry.userID)).
		Order(searchhistory.ByCreatedAt(), searchhistory.ByID()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("look up searches: %w", err)
	}
	if n := len(kept); n > 0 && kept[n-1].Keyword == entry.keyword {
		return nil
	}
	var old []string
	for len(kept)-len(old) >= keptSearches {
		old = append(old, kept[len(old)].ID)
	}
	if len(old) > 0 {
		if _, err := tx.SearchHistory.Delete().Where(searchhistory.IDIn(old...)).Exec(ctx); err != nil {
			return fmt.Errorf("forget searches: %w", err)
		}
	}
	return tx.SearchHistory.Create().SetUserID(entry.userID).SetKeyword(entry.keyword).Exec(ctx)
}
