package coupon_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entcoupon "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/couponclaim"
	entevent "github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/test/testkit"
)

// Declared by the store subject in the product.
var (
	errStoreNotFound = &fault.Error{Code: "STORE_NOT_FOUND"}
	errStoreNotOwner = &fault.Error{Code: "STORE_NOT_OWNER"}
)

// clock is a time that tests move. Its zero value tells the real time.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time               { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(by time.Duration)     { c.ahead.Add(int64(by)) }
func (c *clock) moveTo(t time.Time)           { c.ahead.Store(int64(time.Until(t))) }
func (c *clock) in(d time.Duration) time.Time { return db.Instant(c.Now().Add(d)) }

// bundle is a running coupon service and what it stands on.
type bundle struct {
	*coupon.Service
	t     testing.TB
	db    *db.DB
	queue *queue.Queue
	log   *event.Log
	clock *clock
	owner *ent.User
	store *ent.Store
}

// setup runs a service of one process over the database.
func setup(t testing.TB, d *db.DB, tune ...func(deps *coupon.Deps)) *bundle {
	t.Helper()
	b := assemble(t, d, testkit.Bus(t), tune...)
	b.prepare()
	return b
}

// prepare adds an owner with a store.
func (b *bundle) prepare() {
	b.t.Helper()
	b.owner = testkit.Person(b.t, b.db, user.RoleOWNER)
	b.store = b.newStore(b.owner, "카페")
}

// assemble runs one more process over the database and the bus.
func assemble(t testing.TB, d *db.DB, carrier bus.Bus, tune ...func(deps *coupon.Deps)) *bundle {
	t.Helper()
	b := stopped(t, d, carrier, tune...)
	testkit.Run(t, b.log.Run)
	testkit.Run(t, b.Run)
	return b
}

// stopped builds a process that does not run yet.
func stopped(t testing.TB, d *db.DB, carrier bus.Bus, tune ...func(deps *coupon.Deps)) *bundle {
	t.Helper()
	jobs, err := queue.New(d, queue.Options{PollInterval: 100 * time.Millisecond})
	require.NoError(t, err)
	book, err := words.New()
	require.NoError(t, err)
	clock := &clock{}
	events := event.NewLog(d, carrier, event.Options{})
	deps := coupon.Deps{
		DB: d, Bus: carrier, Events: events, Queue: jobs, Words: book,
		Gate:          coupon.NewMemoryGate(coupon.GateOptions{Now: clock.Now}),
		Cache:         cache.NewMemory(1 << 24),
		StoreNotFound: errStoreNotFound, StoreNotOwner: errStoreNotOwner,
		Now: clock.Now,
	}
	for _, change := range tune {
		change(&deps)
	}
	return &bundle{Service: coupon.New(deps), t: t, db: d, queue: jobs, clock: clock, log: events}
}

func (b *bundle) newStore(owner *ent.User, category string) *ent.Store {
	b.t.Helper()
	var made *ent.Store
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) (err error) {
		name := "가게 " + ulid.Make().String()
		made, err = tx.Store.Create().SetOwnerID(owner.ID).SetName(name).SetCategory(category).
			SetSearchText(db.SearchText(name)).Save(ctx)
		return err
	})
	return made
}

// input describes a coupon that can be claimed right now.
func (b *bundle) input(quantity int) coupon.CreateInput {
	return coupon.CreateInput{
		StoreID: b.store.ID, Title: "아메리카노 한 잔", Quantity: quantity,
		Discount:  coupon.Discount{Kind: entcoupon.DiscountKindAMOUNT, Value: 3000},
		StartsAt:  b.clock.in(-time.Minute),
		EndsAt:    b.clock.in(time.Hour),
		ExpiresAt: b.clock.in(48 * time.Hour),
	}
}

// publish creates a coupon as its owner.
func (b *bundle) publish(input coupon.CreateInput) *ent.Coupon {
	b.t.Helper()
	made, err := b.Create(testkit.As(b.t, b.owner), input)
	require.NoError(b.t, err)
	return made
}

// people adds n users and returns contexts in which they ask.
func people(t testing.TB, d *db.DB, n int) []context.Context {
	t.Helper()
	asking := make([]context.Context, n)
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for start := 0; start < n; start += 500 {
			var rows []*ent.UserCreate
			for range min(500, n-start) {
				rows = append(rows, tx.User.Create().SetName("이웃").SetEmailHash(ulid.Make().String()))
			}
			made, err := tx.User.CreateBulk(rows...).Save(ctx)
			if err != nil {
				return err
			}
			for i, u := range made {
				asking[start+i] = as(u)
			}
		}
		return nil
	})
	return asking
}

func as(u *ent.User) context.Context {
	return viewer.With(context.Background(), viewer.Viewer{ID: u.ID, Role: u.Role})
}

// requireStock checks that the stock shown, the claims and their events agree.
func (b *bundle) requireStock(couponID string, claimed int) {
	b.t.Helper()
	ctx := context.Background()
	row, err := b.db.Read().Coupon.Get(ctx, couponID)
	require.NoError(b.t, err)
	require.Equal(b.t, claimed, row.ClaimedCount, "the counted claims")
	require.Equal(b.t, claimed, b.db.Read().CouponClaim.Query().Where(couponclaim.CouponID(couponID)).CountX(ctx), "the rows")
	require.Equal(b.t, claimed, b.events(coupon.TopicClaimed, couponID), "the events")
}

// events counts the events of a topic about a subject.
func (b *bundle) events(topic, subject string) int {
	b.t.Helper()
	n, err := b.db.Read().Event.Query().Where(entevent.Topic(topic), entevent.Subject(subject)).Count(context.Background())
	require.NoError(b.t, err)
	return n
}

func ptr[T any](v T) *T { return &v }

func number(i int) string { return fmt.Sprintf("key-%d", i) }

// viewerID returns who asks.
func viewerID(ctx context.Context) string { return viewer.From(ctx).ID }
