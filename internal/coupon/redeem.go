package coupon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// Redeem uses up the claim of a code at the till of the viewer's own store, once. It refuses with
// [ErrCodeInvalid], also when the code is of another owner's store, [ErrAlreadyRedeemed],
// [ErrClaimExpired] and [ErrClaimRevoked].
func (s *Service) Redeem(ctx context.Context, code string) (*ent.CouponClaim, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	var redeemed *ent.CouponClaim
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		claim, err := claimOfCode(ctx, tx, v, code)
		if err != nil {
			return err
		}
		redeemed, err = use(ctx, tx, claim, db.Instant(s.Now()))
		if err != nil {
			return err
		}
		tx.Touch(reads.Redemptions)
		return s.deps.Events.Record(ctx, tx, event.New{
			Topic: TopicRedeemed, Key: claim.UserID, Subject: claim.CouponID,
			Payload: claimFacts{ClaimID: claim.ID, CouponID: claim.CouponID},
		})
	})
	if err != nil {
		return nil, db.Fault(err)
	}
	return redeemed, nil
}

// claimOfCode returns the claim of a code, if it is of a store of the viewer.
func claimOfCode(ctx context.Context, tx *db.Tx, v viewer.Viewer, code string) (*ent.CouponClaim, error) {
	claim, err := tx.CouponClaim.Query().Where(couponclaim.Code(normalCode(code))).WithCoupon().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrCodeInvalid.At("code")
	}
	if err != nil {
		return nil, fmt.Errorf("look up a code: %w", err)
	}
	mine, err := owns(ctx, tx.Client, v, claim.Edges.Coupon)
	if err != nil {
		return nil, err
	}
	if !mine {
		return nil, ErrCodeInvalid.At("code")
	}
	return claim, nil
}

// use marks a claim as used. The statement itself asks for its status again: of two tills at once
// one wins.
func use(ctx context.Context, tx *db.Tx, claim *ent.CouponClaim, now time.Time) (*ent.CouponClaim, error) {
	n, err := tx.CouponClaim.Update().
		Where(couponclaim.ID(claim.ID), couponclaim.StatusEQ(couponclaim.StatusUNUSED), couponclaim.ExpiresAtGTE(now)).
		SetStatus(couponclaim.StatusUSED).SetRedeemedAt(now).
		Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("redeem claim %s: %w", claim.ID, err)
	}
	row, err := tx.CouponClaim.Get(ctx, claim.ID)
	if err != nil {
		return nil, fmt.Errorf("get claim %s: %w", claim.ID, err)
	}
	if n == 1 {
		return row, nil
	}
	switch ClaimStatusAt(row, now) {
	case couponclaim.StatusUSED:
		return nil, ErrAlreadyRedeemed.At("code")
	case couponclaim.StatusREVOKED:
		return nil, ErrClaimRevoked.At("code")
	}
	return nil, ErrClaimExpired.At("code")
}

// normalCode brings what people type into the form of the stored codes: capitals without spaces and
// dashes, and the letters that look like digits as digits (https://www.crockford.com/base32.html).
func normalCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\n', '\r', '\u00a0':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(code))
}
