package coupon

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/queue"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Update changes a coupon of the viewer; an ADMIN may change any. It refuses with [ErrNotFound],
// [ErrNotOwner], or every wrong field at once in a fault.List. More quantity or a later end brings a
// finished coupon back, which is news to those who follow it or its store.
func (s *Service) Update(ctx context.Context, input UpdateInput) (*ent.Coupon, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var changed *ent.Coupon
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := own(ctx, tx, v, input.ID)
		if err != nil {
			return err
		}
		now := s.Now()
		next := edited(*row, input, now)
		if err := checkEdit(row, next, input, now); err != nil {
			return err
		}
		changed, err = s.save(ctx, tx, row, next, now)
		return err
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	return changed, nil
}

// edited returns the coupon as the input wants it. A field that must have a value and is set to
// null becomes empty, which the checks then refuse.
func edited(c ent.Coupon, input UpdateInput, now time.Time) *ent.Coupon {
	set(input.Title, &c.Title)
	if input.Description.IsSet() {
		c.Description = input.Description.Value()
	}
	if input.Discount.IsSet() {
		discount := Discount{Kind: c.DiscountKind}
		set(input.Discount, &discount)
		c.DiscountKind, c.DiscountValue, c.DiscountMaxAmount = discount.Kind, discount.Value, discount.MaxAmount
	}
	set(input.MinOrderAmount, &c.MinOrderAmount)
	set(input.Quantity, &c.Quantity)
	setTime(input.StartsAt, &c.StartsAt)
	setTime(input.EndsAt, &c.EndsAt)
	setTime(input.ExpiresAt, &c.ExpiresAt)
	if paused := input.Paused.Value(); paused != nil {
		c.PausedAt = pausedAt(c.PausedAt, *paused, now)
	}
	return &c
}

func set[T any](from graphql.Omittable[*T], to *T) {
	if !from.IsSet() {
		return
	}
	var none T
	*to = none
	if v := from.Value(); v != nil {
		*to = *v
	}
}

// setTime sets an instant; null leaves it, because a coupon always has its times.
func setTime(from graphql.Omittable[*time.Time], to *time.Time) {
	if v := from.Value(); v != nil {
		*to = db.Instant(*v)
	}
}

// pausedAt returns since when a coupon is held back.
func pausedAt(since *time.Time, paused bool, now time.Time) *time.Time {
	if !paused {
		return nil
	}
	if since != nil {
		return since
	}
	now = db.Instant(now)
	return &now
}

// checkEdit returns every fault of an edit.
func checkEdit(row, next *ent.Coupon, input UpdateInput, now time.Time) error {
	faults := checkTerms(terms{
		title: next.Title, description: next.Description, discount: *DiscountOf(next),
		minOrderAmount: next.MinOrderAmount, quantity: next.Quantity,
	})
	if next.Quantity < row.ClaimedCount && !named(faults, ErrQuantityInvalid) {
		faults = append(faults, ErrQuantityBelowClaimed.At("quantity"))
	}
	if input.MinOrderAmount.IsSet() && input.MinOrderAmount.Value() == nil {
		faults = append(faults, ErrMinOrderAmountInvalid.At("minOrderAmount"))
	}
	return append(faults, checkMove(row, next, now)...).Err()
}

// checkMove returns what is wrong with the new times. Only what changes is held against the clock:
// the title of an old coupon can still be corrected.
func checkMove(row, next *ent.Coupon, now time.Time) (faults fault.List) {
	if !next.StartsAt.Equal(row.StartsAt) {
		// A coupon that people are claiming has started; one that has ended may start anew.
		if status := StatusAt(row, now); status != StatusUpcoming && status != StatusEnded {
			faults = append(faults, ErrPeriodInvalid.At("startsAt"))
		} else if next.StartsAt.Before(now.Add(-lateStart)) {
			faults = append(faults, ErrStartsInPast.At("startsAt"))
		}
	}
	if !next.EndsAt.Equal(row.EndsAt) && !next.EndsAt.After(now) && !named(faults, ErrPeriodInvalid) {
		faults = append(faults, ErrPeriodInvalid.At("endsAt"))
	}
	return append(faults, checkPeriod(next.StartsAt, next.EndsAt, next.ExpiresAt, faults)...)
}

// save writes an edit with its news and jobs. An edit that changes nothing writes nothing.
func (s *Service) save(ctx context.Context, tx *db.Tx, row, next *ent.Coupon, now time.Time) (*ent.Coupon, error) {
	if unchanged(row, next) {
		return row, nil
	}
	saved, err := updateOf(row, next).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("update coupon %s: %w", row.ID, err)
	}
	events := []event.New{{Topic: TopicChanged, Key: saved.StoreID, Subject: saved.ID, Payload: factsOf(saved)}}
	if reissued(row, saved, now) {
		events = append(events,
			event.New{Topic: TopicReissued, Key: saved.ID, Subject: saved.ID, Payload: factsOf(saved)},
			published(saved, NewsReissued))
	}
	if err := s.deps.Events.Record(ctx, tx, events...); err != nil {
		return nil, err
	}
	s.announce(ctx, tx, saved)
	return saved, s.deps.Queue.Insert(ctx, tx, movedTurns(row, saved)...)
}

func updateOf(row, next *ent.Coupon) *ent.CouponUpdateOne {
	update := row.Update().
		SetTitle(next.Title).
		SetDiscountKind(next.DiscountKind).
		SetDiscountValue(next.DiscountValue).
		SetMinOrderAmount(next.MinOrderAmount).
		SetQuantity(next.Quantity).
		SetStartsAt(next.StartsAt).
		SetEndsAt(next.EndsAt).
		SetExpiresAt(next.ExpiresAt).
		SetSearchText(searchText(next.Title, next.Description)).
		AddVersion(1)
	if update.SetNillableDescription(next.Description); next.Description == nil {
		update.ClearDescription()
	}
	if update.SetNillableDiscountMaxAmount(next.DiscountMaxAmount); next.DiscountMaxAmount == nil {
		update.ClearDiscountMaxAmount()
	}
	if update.SetNillablePausedAt(next.PausedAt); next.PausedAt == nil {
		update.ClearPausedAt()
	}
	return update
}

// unchanged reports whether an edit leaves everything as it was.
func unchanged(row, next *ent.Coupon) bool {
	return row.Title == next.Title && equal(row.Description, next.Description) &&
		row.DiscountKind == next.DiscountKind && row.DiscountValue == next.DiscountValue &&
		equal(row.DiscountMaxAmount, next.DiscountMaxAmount) &&
		row.MinOrderAmount == next.MinOrderAmount && row.Quantity == next.Quantity &&
		row.StartsAt.Equal(next.StartsAt) && row.EndsAt.Equal(next.EndsAt) && row.ExpiresAt.Equal(next.ExpiresAt) &&
		(row.PausedAt == nil) == (next.PausedAt == nil)
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// reissued reports whether an edit brought a finished coupon back.
func reissued(before, after *ent.Coupon, now time.Time) bool {
	finished := now.After(before.EndsAt) || Remaining(before) == 0
	status := StatusAt(after, now)
	return finished && Remaining(after) > 0 && (status == StatusActive || status == StatusUpcoming)
}

// movedTurns returns the jobs of the boundaries that were moved. The jobs of the old ones find a
// changed row and do nothing.
func movedTurns(before, after *ent.Coupon) (jobs []queue.Insert) {
	if !before.StartsAt.Equal(after.StartsAt) {
		jobs = append(jobs, turnAt(after.ID, turnStart, after.StartsAt))
	}
	if !before.EndsAt.Equal(after.EndsAt) {
		jobs = append(jobs, turnAt(after.ID, turnEnd, after.EndsAt))
	}
	if !before.ExpiresAt.Equal(after.ExpiresAt) {
		jobs = append(jobs, turnAt(after.ID, turnExpire, after.ExpiresAt))
	}
	return jobs
}
