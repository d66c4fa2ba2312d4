package coupon

import (
	"context"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent"
)

// request is a claim that waits to be decided.
type request struct {
	couponID string
	userID   string
	key      *string
	// claimID is the id that the claim will have. It is chosen once, so that a decision that is
	// made again after a lost answer recognises its own claim.
	claimID string
	// gone is closed when nobody waits any more.
	gone <-chan struct{}
	// answer takes one outcome without waiting.
	answer chan outcome
}

// outcome is what became of a request.
type outcome struct {
	claim *ent.CouponClaim
	err   error
}

func newRequest(ctx context.Context, userID string, input ClaimInput) *request {
	return &request{
		couponID: input.CouponID,
		userID:   userID,
		key:      input.IdempotencyKey,
		claimID:  "clm_" + ulid.Make().String(),
		gone:     ctx.Done(),
		answer:   make(chan outcome, 1),
	}
}

// abandoned reports whether nobody waits for the answer.
func (r *request) abandoned() bool {
	select {
	case <-r.gone:
		return true
	default:
		return false
	}
}

// pair is a coupon and who claims it.
type pair struct{ couponID, userID string }

func (r *request) pair() pair { return pair{r.couponID, r.userID} }

// keyed is a user's idempotency key.
type keyed struct{ userID, key string }
