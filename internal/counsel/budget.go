package counsel

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselbudget"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Budgets say how many tokens of the language model may be used on a day in Asia/Seoul.
type Budgets struct {
	// Viewer is for each user, Guest for each guest, and Service for everybody together.
	Viewer  int
	Guest   int
	Service int
}

// DefaultBudgets returns budgets for a small neighbourhood.
func DefaultBudgets() Budgets { return Budgets{Viewer: 40_000, Guest: 15_000, Service: 2_000_000} }

// of returns the budget of a client.
func (b Budgets) of(c client) int {
	if c.userID != "" {
		return b.Viewer
	}
	return b.Guest
}

// everybody is the spender under whose name the whole service is counted.
const everybody = ""

// today returns the day on which budgets are counted now.
func (s *Service) today() string { return calendar.DateOf(s.deps.Now()).String() }

// Budget returns what who asks may use today. A guest without a token has not used anything yet.
func (s *Service) Budget(ctx context.Context) (*Budget, error) {
	who, day := clientOf(ctx), calendar.DateOf(s.deps.Now())
	b := &Budget{Limit: s.deps.Budgets.of(who), ResetsAt: day.End()}
	if !who.isNobody() {
		row, err := s.deps.DB.Read().CounselBudget.Query().
			Where(counselbudget.Date(day.String()), counselbudget.Spender(who.name())).Only(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return nil, fmt.Errorf("get the budget of %s: %w", who.name(), db.Fault(err))
		}
		if row != nil {
			b.Used = row.Used + row.Reserved
		}
	}
	b.Remaining = max(0, b.Limit-b.Used)
	return b, nil
}

// reserve sets tokens aside for a client on a day, and for the service; false when one of the budgets does not
// suffice, and then nothing is set aside.
func (s *Service) reserve(ctx context.Context, tx *db.Tx, c client, day string, tokens int) (bool, error) {
	ok, err := setAside(ctx, tx, c.name(), day, tokens, s.deps.Budgets.of(c))
	if err != nil || !ok {
		return false, err
	}
	// The row of the service last: everybody waits for it, and for as short as can be.
	ok, err = setAside(ctx, tx, everybody, day, tokens, s.deps.Budgets.Service)
	if err != nil || ok {
		return ok, err
	}
	return false, settle(ctx, tx, c.name(), day, tokens, 0)
}

// setAside sets tokens aside in one budget, which is opened when it is not there yet.
func setAside(ctx context.Context, tx *db.Tx, spender, day string, tokens, limit int) (bool, error) {
	take := func() (int, error) {
		return tx.CounselBudget.Update().
			Where(counselbudget.Spender(spender), counselbudget.Date(day), fits(tokens, limit)).
			AddReserved(tokens).
			Save(ctx)
	}
	n, err := take()
	if err == nil && n == 0 {
		err = tx.CounselBudget.Create().SetSpender(spender).SetDate(day).
			OnConflictColumns(counselbudget.FieldDate, counselbudget.FieldSpender).Ignore().
			Exec(ctx)
		if err == nil {
			n, err = take()
		}
	}
	if err != nil {
		return false, fmt.Errorf("set tokens aside: %w", err)
	}
	return n == 1, nil
}

// fits holds for budgets from which so many tokens can be taken.
func fits(tokens, limit int) predicate.CounselBudget {
	return func(s *entsql.Selector) {
		s.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(s.C(counselbudget.FieldUsed)).WriteString(" + ").Ident(s.C(counselbudget.FieldReserved)).
				WriteOp(entsql.OpLTE).Arg(limit - tokens)
		}))
	}
}

// settle puts what was really used in the place of what was set aside.
func settle(ctx context.Context, tx *db.Tx, spender, day string, reserved, used int) error {
	err := tx.CounselBudget.Update().
		Where(counselbudget.Spender(spender), counselbudget.Date(day)).
		AddReserved(-reserved).AddUsed(used).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("settle a budget: %w", err)
	}
	return nil
}

// settleReply settles what was set aside for a reply.
func (s *Service) settleReply(ctx context.Context, tx *db.Tx, m *ent.CounselMessage, used int) error {
	if m.ReservedTokens == 0 {
		return nil
	}
	if err := settle(ctx, tx, m.ReservedFor, m.ReservedDay, m.ReservedTokens, used); err != nil {
		return err
	}
	return settle(ctx, tx, everybody, m.ReservedDay, m.ReservedTokens, used)
}
