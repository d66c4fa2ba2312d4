// Package demo fills an empty database with a small neighbourhood of our own invention, so that the
// first visit has something to look at. It writes rows, as an import does, and is never used in
// production.
package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/email"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/secret"
)

// Password is the password of every demo account.
const Password = "moa-demo-1234" //nolint:gosec // meant to be known

// AddUser adds a user, or returns the one that has the address already.
type AddUser func(ctx context.Context, address, password string, role user.Role) (*ent.User, error)

// IsEmpty reports whether nobody has an account yet.
func IsEmpty(ctx context.Context, d *db.DB) (bool, error) {
	some, err := d.Read().User.Query().Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	return !some, nil
}

// IsThere reports whether the demo accounts were added.
func IsThere(ctx context.Context, d *db.DB) (bool, error) {
	there, err := d.Read().User.Query().Where(user.EmailHash(email.Hash(Accounts()[0].Email))).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the demo accounts: %w", err)
	}
	return there, nil
}

// Fill adds the neighbourhood: people, stores, coupons in every state, claims of the last days, orders of four
// weeks.
// Filling again adds only what is missing.
func Fill(ctx context.Context, d *db.DB, add AddUser, now time.Time) error {
	people := map[string]*ent.User{}
	var neighbours []*ent.User
	for _, a := range append(Accounts(), others()...) {
		person, err := add(ctx, a.Email, Password, a.Role)
		if err == nil {
			err = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				tx.Touch(person.ID)
				return tx.User.UpdateOne(person).SetName(a.Name).Exec(ctx)
			})
		}
		if err != nil {
			return fmt.Errorf("add %s: %w", a.Email, err)
		}
		people[a.Email] = person
		if a.Role == user.RoleUSER && a.Label == "" {
			neighbours = append(neighbours, person)
		}
	}
	for _, s := range shops() {
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			tx.Touch(reads.Everything)
			return fillShop(ctx, tx, s, people, neighbours, now)
		})
		if err != nil {
			return fmt.Errorf("add the store %s: %w", s.name, err)
		}
	}
	return nil
}

func fillShop(ctx context.Context, tx *db.Tx, s shop, people map[string]*ent.User, neighbours []*ent.User, now time.Time) error {
	owner := people[s.owner]
	known, err := tx.Store.Query().Where(store.OwnerID(owner.ID), store.Name(s.name)).Exist(ctx)
	if err != nil || known {
		return err
	}
	row, err := tx.Store.Create().
		SetOwnerID(owner.ID).SetName(s.name).SetCategory(s.category).SetDescription(s.description).
		SetAddress(s.address).SetLatitude(s.latitude).SetLongitude(s.longitude).
		SetSearchText(db.SearchText(s.name, s.category, s.address, s.description)).
		Save(ctx)
	if err != nil {
		return err
	}
	if err := tx.Follow.Create().SetUserID(people["user@moa.example"].ID).SetStoreID(row.ID).Exec(ctx); err != nil {
		return err
	}
	for _, o := range s.offers {
		if err := fillOffer(ctx, tx, row, o, neighbours, now); err != nil {
			return err
		}
	}
	return fillOrders(ctx, tx, row, neighbours, now)
}

func fillOffer(ctx context.Context, tx *db.Tx, s *ent.Store, o offer, neighbours []*ent.User, now time.Time) error {
	create := tx.Coupon.Create().
		SetStoreID(s.ID).SetTitle(o.title).SetDescription(o.description).
		SetDiscountKind(o.kind).SetDiscountValue(o.value).SetMinOrderAmount(o.minOrder).
		SetQuantity(o.quantity).SetClaimedCount(o.claimed).
		SetStartsAt(now.Add(o.starts)).SetEndsAt(now.Add(o.ends)).SetExpiresAt(now.Add(o.expires)).
		SetSearchText(db.SearchText(o.title, o.description))
	if o.maxAmount > 0 {
		create.SetDiscountMaxAmount(o.maxAmount)
	}
	row, err := create.Save(ctx)
	if err != nil {
		return err
	}
	claims := make([]*ent.CouponClaimCreate, o.claimed)
	for i := range claims {
		// One claim every few hours since the start; every second one has been redeemed.
		claimed := row.StartsAt.Add(time.Duration(i+1) * now.Sub(row.StartsAt) / time.Duration(o.claimed+1))
		claims[i] = tx.CouponClaim.Create().
			SetCouponID(row.ID).SetUserID(neighbours[i%len(neighbours)].ID).
			SetCode(secret.Code()).SetClaimedAt(claimed).SetExpiresAt(row.ExpiresAt)
		if redeemed := claimed.Add(5 * time.Hour); i%2 == 0 && redeemed.Before(now) {
			claims[i].SetStatus(couponclaim.StatusUSED).SetRedeemedAt(redeemed)
		}
	}
	return tx.CouponClaim.CreateBulk(claims...).Exec(ctx)
}

// AddUsers adds n users for load tests, who have no password.
func AddUsers(ctx context.Context, d *db.DB, n int) ([]*ent.User, error) {
	var users []*ent.User
	for len(users) < n {
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			creates := make([]*ent.UserCreate, min(1_000, n-len(users)))
			for i := range creates {
				mail := strings.ToLower(ulid.Make().String()) + "@load.moa.example"
				creates[i] = tx.User.Create().SetName("부하 시험").SetEmail(mail).SetEmailHash(email.Hash(mail))
			}
			rows, err := tx.User.CreateBulk(creates...).Save(ctx)
			users = append(users, rows...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("add users: %w", err)
		}
	}
	return users, nil
}
