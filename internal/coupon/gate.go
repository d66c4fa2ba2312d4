package coupon

import (
	"context"
	"time"

	"github.com/moa-bff/moa/ent"
)

// Verdict is what a gate says of a claim before the rows are asked.
type Verdict int

// What a gate can say.
const (
	// Unknown says that the gate knows nothing, or nothing recent: the rows decide.
	Unknown Verdict = iota
	// Open says that the claim may succeed: the rows decide.
	Open
	// NotStarted, Ended, Paused and SoldOut say that the rows would refuse.
	NotStarted
	Ended
	Paused
	SoldOut
)

// Gate sheds claims that cannot succeed before they reach the rows. It never reserves anything: it
// remembers what was committed, for a short time. Emptied, behind or away, it costs speed and
// neither stock nor a claim, because whatever it does not refuse is decided by the rows.
type Gate interface {
	// Admit says what is known of the coupon now. With an error the verdict is [Unknown].
	Admit(ctx context.Context, couponID string) (Verdict, error)
	// Settle tells the gate what was committed. A version lower than the known one is ignored.
	Settle(ctx context.Context, snapshot Snapshot) error
	// Forget drops what is known of the coupon.
	Forget(ctx context.Context, couponID string) error
}

// Snapshot is what decides about claims of a coupon, as it was committed with a version.
type Snapshot struct {
	CouponID  string    `json:"couponId"`
	Version   int64     `json:"version"`
	Remaining int       `json:"remaining"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	Paused    bool      `json:"paused"`
}

// SnapshotOf returns what decides about claims of c.
func SnapshotOf(c *ent.Coupon) Snapshot {
	return Snapshot{
		CouponID: c.ID, Version: c.Version, Remaining: Remaining(c),
		StartsAt: c.StartsAt, EndsAt: c.EndsAt, Paused: c.PausedAt != nil,
	}
}

// verdict judges a claim at now, in the order of the rules.
func (s Snapshot) verdict(now time.Time) Verdict {
	switch {
	case now.Before(s.StartsAt):
		return NotStarted
	case now.After(s.EndsAt):
		return Ended
	case s.Paused:
		return Paused
	case s.Remaining <= 0:
		return SoldOut
	}
	return Open
}

// refusal returns why a verdict refuses, or nil when the rows decide.
func (v Verdict) refusal() error {
	switch v {
	case NotStarted:
		return ErrNotStarted
	case Ended:
		return ErrEnded
	case Paused:
		return ErrPaused
	case SoldOut:
		return ErrSoldOut
	}
	return nil
}

// GateOptions tune a gate.
type GateOptions struct {
	// Trust is how long a snapshot may refuse before the rows are asked again, so that a gate
	// that missed a change heals itself. Defaults to 2 s.
	Trust time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

func (o GateOptions) withDefaults() GateOptions {
	if o.Trust == 0 {
		o.Trust = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// settleGate tells the gates of a committed coupon.
func (s *Service) settleGate(ctx context.Context, c *ent.Coupon) {
	for _, gate := range []Gate{s.committer.near, s.deps.Gate} {
		var err error
		if c.DeletedAt != nil {
			err = gate.Forget(ctx, c.ID)
		} else {
			err = gate.Settle(ctx, SnapshotOf(c))
		}
		if err != nil {
			s.deps.Logger.DebugContext(ctx, "a gate was not told", "coupon_id", c.ID, "error", err)
		}
	}
}
