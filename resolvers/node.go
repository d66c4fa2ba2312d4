package resolvers

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/graph"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/loaders"
)

// maxNodes bounds `nodes(ids:)`.
const maxNodes = 100

// node returns what has the identity, or nil when it does not exist or the viewer may not see it.
// The prefix of an identity names its type.
func (r *Resolver) node(ctx context.Context, id string) (graph.Node, error) {
	prefix, _, _ := strings.Cut(id, "_")
	switch prefix {
	case "usr":
		return visible(loaders.For(ctx).User.Load(ctx, id))
	case "sto":
		return visible(living(loaders.For(ctx).Store.Load(ctx, id)))
	case "cpn":
		return visible(living(loaders.For(ctx).Coupon.Load(ctx, id)))
	case "clm":
		return visible(r.coupons.ClaimByID(ctx, id))
	case "dsh":
		return visible(r.dashboards.Get(ctx, id))
	case "fol":
		return visible(r.stores.FollowByID(ctx, id))
	case "cns":
		return visible(r.counsel.Get(ctx, id))
	case "cmg":
		return visible(r.counsel.MessageByID(ctx, id))
	case "crm":
		return visible(r.rooms.Get(ctx, id))
	case "itg":
		return visible(r.integrations.Get(ctx, id))
	case "evt":
		return operated(ctx, id, r.events.Get)
	case "job":
		return operated(ctx, id, r.queue.Get)
	}
	return nil, nil
}

// visible turns a lookup into a node; what is missing is nil and no error.
func visible[T interface {
	comparable
	graph.Node
}](found T, err error,
) (graph.Node, error) {
	var none T
	if err != nil && (len(fault.BusinessOf(err)) > 0 || errors.Is(err, event.ErrNotFound)) {
		return nil, nil
	}
	if err != nil || found == none {
		return nil, err
	}
	return found, nil
}

// operated looks up what only operators may see.
func operated[T interface {
	comparable
	graph.Node
}](ctx context.Context, id string, get func(ctx context.Context, id string) (T, error),
) (graph.Node, error) {
	if !viewer.From(ctx).IsAdmin() {
		return nil, nil
	}
	return visible(get(ctx, id))
}

// living hides what is deleted: references still resolve to it, but nobody finds it by its identity.
func living[T interface{ *ent.Store | *ent.Coupon }](found T, err error) (T, error) {
	switch v := any(found).(type) {
	case *ent.Store:
		if v != nil && v.DeletedAt != nil {
			return nil, err
		}
	case *ent.Coupon:
		if v != nil && v.DeletedAt != nil {
			return nil, err
		}
	}
	return found, err
}

// found turns the refusal that something does not exist into null, as `noun(id:)` answers.
func found[T any](v *T, err error) (*T, error) {
	if len(fault.BusinessOf(err)) > 0 {
		return nil, nil
	}
	return v, err
}

// each asks for every id at once, so that loaders can batch, and returns the answers in order.
func each[T any](ctx context.Context, ids []string, get func(ctx context.Context, id string) (T, error)) ([]T, error) {
	answers := make([]T, len(ids))
	var group errgroup.Group // that cancels nothing: a batch of the loaders may be another field's as well
	for i, id := range ids {
		group.Go(func() (err error) {
			defer func() { // nobody above this goroutine would hear of a panic but the operating system
				if p := recover(); p != nil {
					err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				}
			}()
			answers[i], err = get(ctx, id)
			return err
		})
	}
	return answers, group.Wait()
}

// loadOptional follows a reference that may be absent.
func loadOptional[V any](ctx context.Context, edge *loaders.Edge[string, *V], id *string) (*V, error) {
	if id == nil {
		return nil, nil
	}
	return edge.Load(ctx, *id)
}

// private turns the refusal of what only its user and operators may see into null.
func private[T any](v *T, err error) (*T, error) {
	if errors.Is(err, fault.Forbidden) || errors.Is(err, fault.Unauthenticated) {
		return nil, nil
	}
	return v, err
}
