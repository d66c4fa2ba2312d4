// Package resolvers puts the words of the schema into calls of the subjects: one call each, no rules,
// no queries. Method bodies belong here; everything else in the schema's files is generated.
package resolvers

import (
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/integration"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/internal/store"
)

// Subjects are who answers.
type Subjects struct {
	Accounts     *account.Service
	Counsel      *counsel.Service
	Coupons      *coupon.Service
	Dashboards   *dashboard.Service
	Events       *event.Log
	Integrations *integration.Service
	Media        *media.Service
	Queue        *queue.Queue
	Rooms        *room.Service
	Stores       *store.Service
	Words        *words.Book
}

// Resolver answers the fields of the schema. Its own fields are unexported because methods of the schema
// have names such as Stores.
type Resolver struct {
	accounts     *account.Service
	counsel      *counsel.Service
	coupons      *coupon.Service
	dashboards   *dashboard.Service
	events       *event.Log
	integrations *integration.Service
	media        *media.Service
	queue        *queue.Queue
	rooms        *room.Service
	stores       *store.Service
	words        *words.Book
}

// New returns the resolver over the subjects.
func New(s Subjects) *Resolver {
	return &Resolver{
		accounts: s.Accounts, counsel: s.Counsel, coupons: s.Coupons, dashboards: s.Dashboards, events: s.Events,
		integrations: s.Integrations, media: s.Media, queue: s.Queue, rooms: s.Rooms, stores: s.Stores, words: s.Words,
	}
}
