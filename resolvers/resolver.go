// Package resolvers puts the words of the schema into calls of the subjects: one call each, no rules,
// no queries. Method bodies belong here; everything else in the schema's files is generated.
package resolvers

import (
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/media"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/internal/store"
)

// Resolver knows the subjects that answer.
type Resolver struct {
	Accounts *account.Service
	Coupons  *coupon.Service
	Events   *event.Log
	Media    *media.Service
	Queue    *queue.Queue
	Stores   *store.Service
	Words    *words.Book
}
