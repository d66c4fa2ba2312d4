package coupon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// How long the model's picks are kept, for all who like the same and can choose from the same.
const (
	picksKept = 10 * time.Minute
	// failureKept is for how long a model that failed is not asked the same again, so that not every page
	// waits for one that is slow.
	failureKept = 30 * time.Second
	// keepTime bounds the keeping. It is a part of [recommendReserve].
	keepTime = 100 * time.Millisecond
)

// viewerCalls bounds the calls that one person causes: each new search changes what is asked.
var viewerCalls = cache.Limit{Rate: 12, Per: time.Hour, Burst: 4}

// errSpent is why the model is not asked: too many calls in too short a time.
var errSpent = errors.New("enough was asked for now")

// adviser lets the language model pick coupons, with bounds on time and money. It never fails: what
// goes wrong is told to operators, and there are no picks.
type adviser struct {
	deps    Deps
	flights flights
}

// pick is a coupon that the model chose. Reason is clean, or empty when the model gave none of use.
type pick struct {
	CouponID string `json:"coupon"`
	Reason   string `json:"reason"`
}

// advice is what came of asking.
type advice struct {
	picks  []pick
	waited bool // for the model, and the world has gone on since the candidates were read
}

// advise returns what the model picks for the viewer of the candidates.
func (a *adviser) advise(ctx context.Context, v viewer.Viewer, liked taste, found []candidate) advice {
	if a.deps.Model == nil || v.IsGuest() || len(found) == 0 {
		return advice{}
	}
	deadline, _ := ctx.Deadline() // Recommended sets one
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-recommendReserve))
	defer cancel()
	q := question{language: viewer.Language(ctx), liked: liked, found: found}
	key := a.key(q)
	return a.flights.share(ctx, key, func() advice {
		// Who asks first asks for all; leaving must not fail the others.
		ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline.Add(-recommendReserve))
		defer cancel()
		return a.answer(ctx, v, key, q)
	})
}

// answer returns the picks that are kept under key, or asks the model and keeps its picks.
func (a *adviser) answer(ctx context.Context, v viewer.Viewer, key string, q question) advice {
	kept, known, err := a.recall(ctx, key)
	if err != nil {
		// Without memory each page would be a call, so there is none.
		a.deps.Logger.DebugContext(ctx, "the model was not asked for coupons", "error", err)
		return advice{}
	}
	if known {
		return advice{picks: kept}
	}
	if err := a.spend(ctx, v); err != nil {
		a.deps.Logger.DebugContext(ctx, "the model was not asked for coupons", "error", err)
		return advice{}
	}
	picks, err := a.ask(ctx, v, q)
	ttl := picksKept
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(err, llm.ErrBreakerOpen) {
			level = slog.LevelDebug // the breaker has said so, once
		}
		a.deps.Logger.Log(ctx, level, "the model recommended no coupons", "error", err)
		ttl = failureKept
	}
	a.keep(ctx, key, picks, ttl)
	return advice{picks: picks, waited: true}
}

// key names everything that the picks are computed from. It tells nothing of it.
func (a *adviser) key(q question) string {
	text, _ := json.Marshal([]any{a.deps.Model.Model(), q.language.String(), q.liked.keywords, q.liked.categories, q.couponIDs()}) // plain text always marshals
	sum := sha256.Sum256(text)
	return "coupon.picks:" + hex.EncodeToString(sum[:])
}

// recall returns the picks that are kept under key. What another version of Moa has left there in a form of
// its own is as good as nothing.
func (a *adviser) recall(ctx context.Context, key string) (picks []pick, known bool, err error) {
	text, known, err := a.deps.Cache.Get(ctx, key)
	if err != nil || !known || json.Unmarshal(text, &picks) != nil {
		return nil, false, err
	}
	return picks, true, nil
}

func (a *adviser) keep(ctx context.Context, key string, picks []pick, ttl time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime) // also when the model took all the time
	defer cancel()
	text, err := json.Marshal(picks)
	if err == nil {
		err = a.deps.Cache.Set(ctx, key, text, ttl)
	}
	if err != nil {
		a.deps.Logger.DebugContext(ctx, "the model's picks were not kept", "error", err)
	}
}

// spend counts a call, of the viewer and of the whole service, or says that there were enough.
func (a *adviser) spend(ctx context.Context, v viewer.Viewer) error {
	mine := "coupon.picks:" + v.ID
	verdict, err := a.deps.Limiter.Allow(ctx, mine, viewerCalls)
	if err != nil || !verdict.Allowed {
		return errors.Join(err, errSpent)
	}
	verdict, err = a.deps.Limiter.Allow(ctx, "coupon.picks", cache.Limit{
		Rate: a.deps.ModelCalls, Per: time.Hour, Burst: max(1, a.deps.ModelCalls/4),
	})
	if err == nil && verdict.Allowed {
		return nil
	}
	return errors.Join(err, errSpent, a.deps.Limiter.Refund(ctx, mine, viewerCalls))
}
