package counsel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselbudget"
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

// spending is what a spender takes from a budget of a day, or gives back, in tokens.
type spending struct {
	day, spender   string
	reserved, used int
}

// purse are budgets of one day that a transaction holds: those of some clients, and that of the service, for
// which everybody waits. Open it as late as can be.
type purse struct {
	*Service
	day   string
	left  map[string]int // by spender, in tokens
	taken map[string]int
}

// openPurse locks the budgets of clients and of the service, and opens those that are not there yet.
func (s *Service) openPurse(ctx context.Context, tx *db.Tx, day string, clients ...client) (*purse, error) {
	p := &purse{Service: s, day: day, left: map[string]int{}, taken: map[string]int{}}
	limits := map[string]int{everybody: s.deps.Budgets.Service}
	for _, c := range clients {
		limits[c.name()] = s.deps.Budgets.of(c)
	}
	insert := entsql.Dialect(tx.Dialect()).Insert(counselbudget.Table).Columns(counselbudget.FieldID,
		counselbudget.FieldSpender, counselbudget.FieldDate, counselbudget.FieldUsed, counselbudget.FieldReserved)
	for _, spender := range inOrder(slices.Collect(maps.Keys(limits))) {
		insert.Values(counselbudget.DefaultID(), spender, day, 0, 0)
	}
	// Writing the day as it is locks a row that is there.
	insert.OnConflict(
		entsql.ConflictColumns(counselbudget.FieldDate, counselbudget.FieldSpender),
		entsql.ResolveWith(func(u *entsql.UpdateSet) { u.SetExcluded(counselbudget.FieldDate) }),
	).Returning(counselbudget.FieldSpender, counselbudget.FieldUsed, counselbudget.FieldReserved)
	query, args := insert.Query()
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("open %d budgets: %w", len(limits), err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var (
			spender        string
			used, reserved int
		)
		if err := rows.Scan(&spender, &used, &reserved); err != nil {
			return nil, fmt.Errorf("read a budget: %w", err)
		}
		p.left[spender] = limits[spender] - used - reserved
	}
	return p, rows.Err()
}

// inOrder sorts spenders as everybody locks their budgets: that of the service last, because everybody waits for
// it, and for as short as can be.
func inOrder(spenders []string) []string {
	slices.SortFunc(spenders, func(a, b string) int { return strings.Compare(b, a) })
	return spenders
}

// take sets tokens aside for a client, and for the service; false when one of the budgets does not suffice, and
// then nothing is set aside.
func (p *purse) take(c client, tokens int) bool {
	for _, spender := range []string{c.name(), everybody} {
		if p.left[spender] < tokens {
			return false
		}
	}
	for _, spender := range []string{c.name(), everybody} {
		p.left[spender] -= tokens
		p.taken[spender] += tokens
	}
	return true
}

// close writes down what was taken.
func (p *purse) close(ctx context.Context, tx *db.Tx) error {
	spent := make([]spending, 0, len(p.taken))
	for spender, tokens := range p.taken {
		spent = append(spent, spending{day: p.day, spender: spender, reserved: tokens})
	}
	return spend(ctx, tx, spent)
}

// settlements return what puts the tokens that a client has really used in the place of those that were set aside
// for it.
func settlements(spender, day string, reserved, used int) []spending {
	if reserved == 0 {
		return nil
	}
	return []spending{{day, spender, -reserved, used}, {day, everybody, -reserved, used}}
}

// spend changes budgets by what was spent, in one statement.
func spend(ctx context.Context, tx *db.Tx, spent []spending) error {
	if len(spent) == 0 {
		return nil
	}
	if err := tx.Execute(ctx, spendStatement(tx.Dialect(), summed(spent))); err != nil {
		return fmt.Errorf("change %d budgets: %w", len(spent), err)
	}
	return nil
}

// summed returns one spending for each budget.
func summed(spent []spending) []spending {
	type key struct{ day, spender string }
	sums := map[key]spending{}
	for _, one := range spent {
		k := key{one.day, one.spender}
		sum := sums[k]
		sums[k] = spending{one.day, one.spender, sum.reserved + one.reserved, sum.used + one.used}
	}
	return slices.Collect(maps.Values(sums))
}

// spendStatement locks the budgets in the order in which everybody does, before it changes them.
func spendStatement(grammar string, sums []spending) db.Part {
	changes := db.Rows(sums,
		db.Col("date", func(s spending) string { return s.day }),
		db.Col("spender", func(s spending) string { return s.spender }),
		db.Col("reserved", func(s spending) int { return s.reserved }),
		db.Col("used", func(s spending) int { return s.used }))
	if grammar != dialect.Postgres { // one writer needs no locks
		return db.Together(
			db.SQL("UPDATE counsel_budgets AS b SET reserved = b.reserved + v.reserved, used = b.used + v.used FROM "), changes,
			db.SQL(" WHERE b.date = v.date AND b.spender = v.spender"))
	}
	return db.Together(
		db.SQL("WITH held AS (SELECT b.id, v.reserved, v.used FROM counsel_budgets AS b JOIN "), changes,
		db.SQL(` ON b.date = v.date AND b.spender = v.spender ORDER BY b.date, b.spender COLLATE "C" DESC FOR UPDATE OF b)`+
			" UPDATE counsel_budgets AS b SET reserved = b.reserved + held.reserved, used = b.used + held.used FROM held WHERE b.id = held.id"))
}
