package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/counselshare"
	"github.com/moa-bff/moa/ent/counselweeksummary"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/follow"
	"github.com/moa-bff/moa/ent/idempotency"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/ent/searchhistory"
	"github.com/moa-bff/moa/ent/session"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// DeleteAccount clears the viewer's personal data, ends the sessions and takes the viewer's stores and
// coupons away; what others hold of them stays. Only the hash of the address is kept, so that the
// address cannot return. It returns what is left. Faults: [ErrPasswordWrong], [fault.RateLimited].
func (s *Service) DeleteAccount(ctx context.Context, input DeleteAccountInput) (*ent.User, error) {
	v, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	u, err := s.confirm(ctx, v, input.Password)
	if err != nil {
		return nil, at(err, "password")
	}
	var left *ent.User
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		current, err := unchanged(ctx, tx, u)
		if err != nil {
			return err
		}
		now := s.now()
		if err := s.forget(ctx, tx, current); err != nil {
			return err
		}
		if err := closeStores(ctx, tx, v.ID, now); err != nil {
			return err
		}
		left, err = tx.User.UpdateOne(current).
			SetName(goneName).ClearEmail().ClearPasswordHash().ClearAvatarKey().SetDeletedAt(now).
			Save(ctx)
		if err != nil {
			return fmt.Errorf("delete user %s: %w", v.ID, err)
		}
		tx.Touch(v.ID)
		if err := s.end(ctx, tx, session.UserID(v.ID)); err != nil {
			return err
		}
		return s.events.Record(ctx, tx, event.New{
			Topic: TopicDeleted, Key: v.ID, Subject: v.ID, Payload: map[string]any{"userId": v.ID},
		})
	})
	if errors.Is(err, ErrCredentialsInvalid) { // the password has been changed meanwhile
		return nil, ErrPasswordWrong.At("password")
	}
	if err != nil {
		return nil, err
	}
	s.clearCookies(ctx)
	return left, nil
}

// forget removes what the user has looked for, followed and shown.
func (s *Service) forget(ctx context.Context, tx *db.Tx, u *ent.User) error {
	if _, err := tx.SearchHistory.Delete().Where(searchhistory.UserID(u.ID)).Exec(ctx); err != nil {
		return fmt.Errorf("forget the searches of %s: %w", u.ID, err)
	}
	followed, err := tx.Follow.Query().Where(follow.UserID(u.ID), follow.StoreIDNotNil()).All(ctx)
	if err != nil {
		return fmt.Errorf("look up the follows of %s: %w", u.ID, err)
	}
	for _, f := range followed {
		tx.Touch(reads.FollowersOf(*f.StoreID))
	}
	if _, err := tx.Follow.Delete().Where(follow.UserID(u.ID)).Exec(ctx); err != nil {
		return fmt.Errorf("forget the follows of %s: %w", u.ID, err)
	}
	if err := forgetWorries(ctx, tx, u.ID); err != nil {
		return err
	}
	if u.AvatarKey == nil {
		return nil
	}
	return s.media.Release(ctx, tx, *u.AvatarKey)
}

// forgetWorries removes what the user has told in counselling, with everything that was answered, and the keys
// under which it was told: nobody can try again.
func forgetWorries(ctx context.Context, tx *db.Tx, userID string) error {
	mine := counselsession.UserID(userID)
	tx.Touch(reads.Counsel)
	for _, forget := range []func() (int, error){
		func() (int, error) {
			return tx.CounselMessage.Delete().Where(counselmessage.HasSessionWith(mine)).Exec(ctx)
		},
		func() (int, error) {
			return tx.CounselDraw.Delete().Where(counseldraw.HasSessionWith(mine)).Exec(ctx)
		},
		func() (int, error) {
			return tx.CounselShare.Delete().Where(counselshare.HasSessionWith(mine)).Exec(ctx)
		},
		func() (int, error) { return tx.CounselSession.Delete().Where(mine).Exec(ctx) },
		func() (int, error) { return tx.Idempotency.Delete().Where(idempotency.UserID(userID)).Exec(ctx) },
		func() (int, error) {
			return tx.CounselWeekSummary.Delete().Where(counselweeksummary.Spender(userID)).Exec(ctx)
		},
	} {
		if _, err := forget(); err != nil {
			return fmt.Errorf("forget the worries of %s: %w", userID, err)
		}
	}
	return nil
}

// closeStores takes the owner's stores and their coupons away, and forgets the stores' credentials outside. The coupons' version grows, so that
// late news never bring them back.
func closeStores(ctx context.Context, tx *db.Tx, ownerID string, now time.Time) error {
	closed, err := tx.Store.Query().Where(store.OwnerID(ownerID), store.DeletedAtIsNil()).IDs(ctx)
	if err != nil {
		return fmt.Errorf("look up the stores of %s: %w", ownerID, err)
	}
	for _, id := range closed {
		tx.Touch(append(reads.StoreClosed(id, ownerID), reads.Integrations)...)
	}
	err = tx.Store.Update().Where(store.OwnerID(ownerID), store.DeletedAtIsNil()).SetDeletedAt(now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("delete the stores of %s: %w", ownerID, err)
	}
	// After the stores, whose locks a new coupon waits for or holds.
	err = tx.Coupon.Update().
		Where(coupon.HasStoreWith(store.OwnerID(ownerID)), coupon.DeletedAtIsNil()).
		SetDeletedAt(now).AddVersion(1).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("delete the coupons of %s: %w", ownerID, err)
	}
	if _, err := tx.Integration.Delete().Where(integration.HasStoreWith(store.OwnerID(ownerID))).Exec(ctx); err != nil {
		return fmt.Errorf("forget the integrations of %s: %w", ownerID, err)
	}
	return nil
}
