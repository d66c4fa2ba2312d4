package vault

import (
	"context"
	"fmt"
)

// Again seals anew, with the current data key, what was sealed for bound. changed is false when the current one
// has sealed it already; fresh is the same text then.
type Again func(ctx context.Context, sealed []byte, bound ...string) (fresh []byte, changed bool, err error)

// resealer is a subject that keeps sealed texts.
type resealer struct {
	name string
	walk func(ctx context.Context, again Again) error
}

// Register tells the vault of texts that a subject keeps, under a name for people such as "counsel messages".
// walk goes over all of them, in batches with a transaction each, and writes back what again has changed, where
// the row still holds what was read. It may be run at any time and again. Call Register before anything runs.
func (v *Vault) Register(name string, walk func(ctx context.Context, again Again) error) {
	v.resealers = append(v.resealers, resealer{name, walk})
}

// Resealed says how many texts of a subject were sealed anew.
type Resealed struct {
	Name    string
	Changed int
}

// Reseal has every registered subject seal its texts anew with the current data key: after [Vault.Rotate], when
// an older data key may be known to others. What other processes seal with the older key in the half minute
// after the rotation is left for the next time. The older keys stay in their rows: they cost nothing, and a
// backup may need them.
func (v *Vault) Reseal(ctx context.Context) ([]Resealed, error) {
	var report []Resealed
	for _, r := range v.resealers {
		changed := 0
		err := r.walk(ctx, func(ctx context.Context, sealed []byte, bound ...string) ([]byte, bool, error) {
			fresh, done, err := v.again(ctx, sealed, bound)
			if done {
				changed++
			}
			return fresh, done, err
		})
		report = append(report, Resealed{r.name, changed})
		if err != nil {
			return report, fmt.Errorf("seal the %s again: %w", r.name, err)
		}
	}
	return report, nil
}

func (v *Vault) again(ctx context.Context, sealed []byte, bound []string) ([]byte, bool, error) {
	key, err := v.current(ctx)
	if err != nil {
		return nil, false, err
	}
	if id, ok := keyOf(sealed); ok && id == key.id {
		return sealed, false, nil
	}
	plain, err := v.Open(ctx, sealed, bound...)
	if err != nil {
		return nil, false, err
	}
	fresh, err := v.Seal(ctx, plain, bound...)
	return fresh, err == nil, err
}
