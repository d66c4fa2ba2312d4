package dashboard_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/test/testkit"
)

// bundle is a running dashboard service and what it stands on.
type bundle struct {
	*dashboard.Service
	t        testing.TB
	db       *db.DB
	bus      bus.Bus
	ledger   *reads.Ledger
	computed atomic.Int64

	admin, owner, other *ent.User
	store, far          *ent.Store // of the owner and of the other owner
}

func setup(t testing.TB, d *db.DB, tune ...func(*dashboard.Deps)) *bundle {
	t.Helper()
	book, err := words.New()
	require.NoError(t, err)
	jobs, err := queue.New(d, queue.Options{})
	require.NoError(t, err)
	b := &bundle{t: t, db: d, bus: testkit.Bus(t), ledger: reads.NewLedger()}
	events := event.NewLog(d, b.bus, event.Options{})
	testkit.Run(t, events.Run)
	deps := dashboard.Deps{
		DB: d, Bus: b.bus, Events: events, Queue: jobs, Ledger: b.ledger, Words: book,
		SigningKey: []byte("a key of thirty-two letters......"), ExportURL: "/export/",
		OnCompute: func(string) { b.computed.Add(1) },
	}
	for _, change := range tune {
		change(&deps)
	}
	b.Service = dashboard.New(deps)
	testkit.Run(t, b.Run)
	b.admin, b.owner, b.other = testkit.Person(t, d, user.RoleADMIN), testkit.Person(t, d, user.RoleOWNER), testkit.Person(t, d, user.RoleOWNER)
	b.store, b.far = b.newStore(b.owner), b.newStore(b.other)
	return b
}

func (b *bundle) newStore(owner *ent.User) *ent.Store {
	b.t.Helper()
	var made *ent.Store
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) (err error) {
		name := "가게 " + ulid.Make().String()
		made, err = tx.Store.Create().SetOwnerID(owner.ID).SetName(name).SetCategory("카페").SetSearchText(db.SearchText(name)).Save(ctx)
		return err
	})
	return made
}

// line is an order line; what is not said is one piece of one product for one.
type line struct {
	order    string
	day      string
	store    *ent.Store
	customer *ent.User
	product  string
	category string
	quantity int64
	amount   float64
}

// sell writes order lines as an import does.
func (b *bundle) sell(lines ...line) {
	b.t.Helper()
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
		rows := make([]*ent.OrderLineCreate, len(lines))
		months := map[int]bool{}
		for i, l := range lines {
			if l.order == "" {
				l.order = ulid.Make().String()
			}
			if l.store == nil {
				l.store = b.store
			}
			day := date(b.t, l.day)
			months[day.MonthNumber()] = true
			rows[i] = tx.OrderLine.Create().
				SetOrderID(l.order).SetLineNo(i).SetOrderedAt(day.Start()).SetDay(day.Number()).SetMonth(day.MonthNumber()).
				SetStoreID(l.store.ID).SetProductID(l.product).SetProductName("name of " + l.product).SetCategory(l.category).
				SetQuantity(l.quantity).SetAmount(int64(l.amount*10_000 + 0.5))
			if l.customer != nil {
				rows[i].SetCustomerID(l.customer.ID)
			}
		}
		if err := tx.OrderLine.CreateBulk(rows...).Exec(ctx); err != nil {
			return err
		}
		return imported(ctx, tx, "orders", months)
	})
}

// imported counts a change of imported data, as package dataimport does.
func imported(ctx context.Context, tx *db.Tx, kind string, months map[int]bool) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO data_versions (kind, version) VALUES ($1, 1) ON CONFLICT (kind) DO UPDATE SET version = data_versions.version + 1", kind)
	if err != nil {
		return err
	}
	for month := range months {
		for grain, bucket := range map[string]int{"M": month, "Y": month / 12} {
			_, err = tx.ExecContext(ctx, "INSERT INTO order_buckets (grain, bucket, version, rolled) VALUES ($1, $2, 1, 0) ON CONFLICT (grain, bucket) DO UPDATE SET version = order_buckets.version + 1", grain, bucket)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

func period(t testing.TB, from, to string) dashboard.Period {
	t.Helper()
	return dashboard.Period{From: date(t, from), To: date(t, to)}
}

// orders is a question about orders in 2026.
func orders(t testing.TB, method dashboard.Method, measures, dimensions []string) dashboard.Question {
	t.Helper()
	return dashboard.Question{Data: "orders", Measures: measures, Dimensions: dimensions, Period: period(t, "2026-01-01", "2026-12-31"), Method: method}
}

func (b *bundle) ask(as *ent.User, q dashboard.Question) *dashboard.Analysis {
	b.t.Helper()
	a, err := b.Analyse(testkit.As(b.t, as), q)
	require.NoError(b.t, err)
	return a
}

// table writes the rows of an answer as text: keys, values, previous values, share, cumulative share, class
// or quadrant.
func table(a *dashboard.Analysis) []string {
	var lines []string
	for _, row := range a.Rows {
		text := fmt.Sprint(row.Keys, floats(row.Values))
		if row.Previous != nil {
			text += fmt.Sprint(" before ", floats(row.Previous))
		}
		if row.CumulativeShare != nil {
			text += fmt.Sprintf(" %v", *row.CumulativeShare)
		}
		if row.Class != nil {
			text += " " + string(*row.Class)
		}
		if row.Quadrant != nil {
			text += " " + string(*row.Quadrant)
		}
		if row.IsOthers {
			text += " others"
		}
		lines = append(lines, text)
	}
	return lines
}

func floats(values []*float64) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = "-"
		if v != nil {
			texts[i] = fmt.Sprint(*v)
		}
	}
	return texts
}
