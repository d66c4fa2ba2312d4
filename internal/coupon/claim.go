package coupon

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/idempotency"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// refusalMemory is how long the refusal of a keyed claim is repeated to a retry.
const refusalMemory = 24 * time.Hour

// Claim claims a coupon for the viewer and returns the claim once it is durable. It refuses, in
// this order, with [ErrNotFound], [ErrNotStarted], [ErrEnded], [ErrPaused], [ErrSoldOut] and
// [ErrAlreadyClaimed]. With a key, a retry for the same coupon gets the first outcome and another
// coupon is [idempotency.ErrKeyReused]. It is [fault.Unavailable] when nothing can be decided now.
func (s *Service) Claim(ctx context.Context, input ClaimInput) (*ent.CouponClaim, error) {
	claim, err := s.claim(ctx, input)
	if err != nil {
		s.deps.OnClaim(string(fault.From(err).Code))
		return nil, err
	}
	s.deps.OnClaim("OK")
	return claim, nil
}

func (s *Service) claim(ctx context.Context, input ClaimInput) (*ent.CouponClaim, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if err := idempotency.Check(input.IdempotencyKey); err != nil {
		return nil, err
	}
	if input.IdempotencyKey == nil {
		return s.decide(ctx, v.ID, input)
	}
	if first := s.firstRefusal(ctx, v.ID, input); first != nil {
		return nil, first
	}
	claim, err := s.decide(ctx, v.ID, input)
	s.rememberRefusal(ctx, v.ID, input, err)
	return claim, err
}

// decide asks the gate, and then the rows unless the gate refuses.
func (s *Service) decide(ctx context.Context, userID string, input ClaimInput) (*ent.CouponClaim, error) {
	verdict, err := s.deps.Gate.Admit(ctx, input.CouponID)
	if err != nil {
		s.deps.Logger.DebugContext(ctx, "the gate does not answer", "coupon_id", input.CouponID, "error", err)
	}
	refusal := verdict.refusal()
	if refusal == nil {
		return s.committer.submit(ctx, newRequest(ctx, userID, input))
	}
	if input.IdempotencyKey == nil {
		return nil, refusal
	}
	return s.firstClaim(ctx, userID, input, refusal)
}

// firstClaim returns what the key has claimed before, or the refusal.
func (s *Service) firstClaim(ctx context.Context, userID string, input ClaimInput, refusal error) (*ent.CouponClaim, error) {
	claim, err := s.deps.DB.Read().CouponClaim.Query().
		Where(couponclaim.UserID(userID), couponclaim.IdempotencyKey(*input.IdempotencyKey)).
		Only(ctx)
	if ent.IsNotFound(err) {
		return nil, refusal
	}
	if err != nil {
		return nil, fmt.Errorf("look up the claim of a key: %w", db.Fault(err))
	}
	return replay(claim, input.CouponID)
}

// replay answers a retry with a copy of the claim that its key has made.
func replay(claim *ent.CouponClaim, couponID string) (*ent.CouponClaim, error) {
	if claim.CouponID != couponID {
		return nil, idempotency.ErrKeyReused.At("idempotencyKey")
	}
	first := *claim
	return &first, nil
}

// remembered is the refusal of a keyed claim.
type remembered struct {
	CouponID string     `json:"couponId"`
	Code     fault.Code `json:"code"`
}

// firstRefusal returns how the key was refused before, or nil. Only the refusals need remembering:
// a success is found in the rows.
func (s *Service) firstRefusal(ctx context.Context, userID string, input ClaimInput) error {
	text, ok, err := s.deps.Cache.Get(ctx, refusalKey(userID, *input.IdempotencyKey))
	var first remembered
	if err != nil || !ok || json.Unmarshal(text, &first) != nil {
		return nil //nolint:nilerr // best effort: the rules decide again
	}
	if first.CouponID != input.CouponID {
		return idempotency.ErrKeyReused.At("idempotencyKey")
	}
	for _, refusal := range claimRefusals() {
		if refusal.Code == first.Code {
			return refusal
		}
	}
	return nil
}

func (s *Service) rememberRefusal(ctx context.Context, userID string, input ClaimInput, err error) {
	code := fault.CodeInternal
	if err != nil {
		code = fault.From(err).Code
	}
	for _, refusal := range claimRefusals() {
		if refusal.Code != code {
			continue
		}
		text, _ := json.Marshal(remembered{CouponID: input.CouponID, Code: code}) // strings always marshal
		if err := s.deps.Cache.Set(ctx, refusalKey(userID, *input.IdempotencyKey), text, refusalMemory); err != nil {
			s.deps.Logger.DebugContext(ctx, "a refusal is not remembered", "error", err)
		}
	}
}

// claimRefusals are the refusals that are an outcome: the rules said no.
func claimRefusals() []*fault.Error {
	return []*fault.Error{ErrNotFound, ErrNotStarted, ErrEnded, ErrPaused, ErrSoldOut, ErrAlreadyClaimed}
}

func refusalKey(userID, key string) string { return "coupon:refusal:" + userID + ":" + key }
