// Package dashboard answers questions about orders, coupons, advertising, visits and counselling, and keeps sets of
// them as dashboards.
//
// A question goes through three layers, which know nothing of each other. The query layer builds the request
// for a source from the question and the catalogue; the data layer sends it and returns rows; the dashboard
// layer makes an answer of them: a series, a breakdown, four quadrants or three classes. A new method touches
// the last alone, and a new kind of data adds an entry to the catalogue, with its table in each source.
//
// Numbers are exact until they are shown: amounts are whole numbers of ten-thousandths, and shares are
// compared as fractions.
package dashboard

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/internal/platform/words"
)

// Deps is what dashboards stand on. All of it is needed unless a field says otherwise.
type Deps struct {
	DB     *db.DB
	Bus    bus.Bus
	Events *event.Log
	Queue  *queue.Queue
	Ledger *reads.Ledger
	Words  *words.Book
	// Shared is where replicas leave answers for each other, and Turns by which of them computes one; both nil
	// where there are no others.
	Shared cache.Cache
	Turns  *cache.Turns
	// Warehouse asks Trino for orders and advertising; nil to ask Moa's own database.
	Warehouse Warehouse
	// Analytics asks Google Analytics 4 for visits; nil to ask Moa's own database.
	Analytics *Analytics
	// SigningKey signs the addresses of downloads.
	SigningKey []byte
	// ExportURL is where downloads are, seen from outside, with a slash at the end.
	ExportURL string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger hears of failures. Defaults to no log.
	Logger *slog.Logger
	// OnCompute is told of each answer that was computed; nil for nobody.
	OnCompute func(data string)
	// OnShared is told of each answer that was taken from another replica; nil for nobody.
	OnShared func(data string)
	// OnWait is told when a question begins to wait for an answer that is computed (+1), and when it waits no longer
	// (−1); nil for nobody.
	OnWait func(data string, delta int)
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.OnCompute == nil {
		d.OnCompute = func(string) {}
	}
	if d.OnShared == nil {
		d.OnShared = func(string) {}
	}
	if d.OnWait == nil {
		d.OnWait = func(string, int) {}
	}
	return d
}

// Service answers questions and keeps dashboards.
type Service struct {
	deps    Deps
	kinds   []*Kind
	sources map[string]source
	answers *answers
	flights *flights
	watches *watches
}

// New returns the service. It starts nothing.
func New(deps Deps) *Service {
	deps = deps.withDefaults()
	s := &Service{deps: deps, kinds: kinds(), answers: newAnswers(), flights: newFlights()}
	s.watches = newWatches(s)
	own := s.database()
	summed := own
	summed.states = s.bucketStates
	s.sources = map[string]source{"orders": summed, "coupons": own, "ads": own, "visits": own, "counsel": own}
	if deps.Warehouse != nil {
		s.sources["orders"], s.sources["ads"] = s.warehouse(), s.warehouse()
	}
	if deps.Analytics != nil {
		s.sources["visits"] = source{name: SourceGA4, query: ga4Query{}, data: ga4Data{*deps.Analytics}}
	}
	return s
}

// warehouse returns the source that is the data warehouse.
func (s *Service) warehouse() source {
	names := externalNames{s.deps.DB}
	return source{
		name:    SourceTrino,
		query:   sqlQuery{dialect: trino{}, tables: map[string]*table{"orders": warehouseOrders(), "ads": warehouseAds()}},
		data:    trinoData{s.deps.Warehouse, names},
		outside: names.external,
	}
}

// database returns the source that is Moa's own database.
func (s *Service) database() source {
	var d dialect = sqlite{}
	if s.deps.DB.IsPostgres() {
		d = postgres{}
	}
	return source{
		name:  SourceDatabase,
		query: sqlQuery{dialect: d, tables: ownTables()},
		data:  databaseData{s.deps.DB},
	}
}

// ownTables are where Moa's own database keeps each kind of data.
func ownTables() map[string]*table {
	return map[string]*table{
		"orders": orderLines(), "coupons": couponUses(), "ads": adSpends(), "visits": visitDays(), "counsel": counselWords(),
	}
}

// DataKinds returns what the viewer can ask about.
func (s *Service) DataKinds(ctx context.Context) []*Kind {
	return slices.DeleteFunc(slices.Clone(s.kinds), func(k *Kind) bool { return !k.shownTo(scopeOf(viewer.From(ctx))) })
}

// SourceNamed returns where the data of the kind of a name are.
func (s *Service) SourceNamed(data string) Source { return s.sources[data].name }

// SourceOf returns where the data of a kind are.
func (s *Service) SourceOf(k *Kind) Source { return s.sources[k.Name].name }
