package room_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

func TestAGuestJoinsByACodeHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		typed := " " + strings.ToLower(opened.Code[:4]) + "-" + opened.Code[4:] + " "
		joined, err := b.Join(b.as(b.client), room.JoinInput{Code: typed})
		require.NoError(b.t, err)
		require.Equal(b.t, opened.ID, joined.ID)
		require.Equal(b.t, b.client.ID, *joined.GuestID)
		require.Equal(b.t, room.StatusFull, room.StatusOf(joined))
	})
}

func TestOfSixteenWhoJoinAtOnceExactlyOneGetsThePlace(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		people := make([]*ent.User, 16)
		for i := range people {
			people[i] = testkit.Person(b.t, b.db, user.RoleUSER)
		}
		won := 0
		for i, err := range atOnce(len(people), func(i int) error {
			_, err := b.Join(b.as(people[i]), room.JoinInput{Code: opened.Code})
			return err
		}) {
			if err == nil {
				won++
				require.Equal(b.t, people[i].ID, *b.roomNow(opened.ID).GuestID)
				continue
			}
			require.ErrorIs(b.t, err, room.ErrFull)
		}
		require.Equal(b.t, 1, won)
	})
}

func TestJoiningAgainChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "방", Password: text("열려라")})
		require.NoError(b.t, err)
		_, err = b.Join(b.as(b.client), room.JoinInput{Code: opened.Code, Password: text("열려라")})
		require.NoError(b.t, err)
		before := b.roomNow(opened.ID)
		for _, member := range []*ent.User{b.client, b.expert} { // who is in it needs no key
			again, err := b.Join(b.as(member), room.JoinInput{Code: opened.Code})
			require.NoError(b.t, err)
			require.Equal(b.t, b.client.ID, *again.GuestID)
		}
		require.Equal(b.t, before.GuestCursor, b.roomNow(opened.ID).GuestCursor)
		host := b.listen(b.expert, opened, nil)
		host.hears(room.EventJoined, b.client)
		b.leave(b.client, opened)
		host.hears(room.EventLeft, b.client)
	})
}

func TestAPasswordKeepsOthersOut(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "방", Password: text("\u1112\u1161\u11ab\u1100\u1173\u11af")})
		require.NoError(b.t, err)
		for _, wrong := range []*string{nil, text(""), text("한국"), text("한글" + strings.Repeat("x", 80))} {
			_, err := b.Join(b.as(b.stranger), room.JoinInput{Code: opened.Code, Password: wrong})
			require.ErrorIs(b.t, err, room.ErrPasswordWrong)
		}
		joined, err := b.Join(b.as(b.client), room.JoinInput{Code: opened.Code, Password: text("한글")})
		require.NoError(b.t, err, "the same letters, composed")
		require.Equal(b.t, b.client.ID, *joined.GuestID)
	})
}

// A password of 72 bytes is compared whole, and a longer one that begins alike is another.
func TestAPasswordIsNotCutOff(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		long := strings.Repeat("p", 72)
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "방", Password: &long})
		require.NoError(b.t, err)
		_, err = b.Join(b.as(b.client), room.JoinInput{Code: opened.Code, Password: text(long + "x")})
		require.ErrorIs(b.t, err, room.ErrPasswordWrong)
		_, err = b.Join(b.as(b.client), room.JoinInput{Code: opened.Code, Password: text(long[:71])})
		require.ErrorIs(b.t, err, room.ErrPasswordWrong)
		_, err = b.Join(b.as(b.client), room.JoinInput{Code: opened.Code, Password: &long})
		require.NoError(b.t, err)
	})
}

func TestHowLongJoiningTakesDoesNotTellWhetherThereIsARoom(t *testing.T) {
	t.Parallel()
	dear := func(deps *room.Deps) { deps.PasswordCost = bcrypt.DefaultCost } // so that it stands out
	each(t, func(b *bundle) {
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "방", Password: text("열려라")})
		require.NoError(b.t, err)
		fastest := func(code string, want error) time.Duration {
			best := time.Hour
			for range 5 {
				begin := time.Now()
				_, err := b.Join(b.as(b.client), room.JoinInput{Code: code, Password: text("틀렸다")})
				best = min(best, time.Since(begin))
				require.ErrorIs(b.t, err, want)
			}
			return best
		}
		wrongPassword := fastest(opened.Code, room.ErrPasswordWrong)
		wrongCode := fastest("AAAAAAAA", room.ErrNotFound)
		require.Greater(b.t, wrongCode, wrongPassword/3, "a wrong code is found out too soon")
	}, dear)
}

func TestWhoGuessesIsThrottled(t *testing.T) {
	t.Parallel()
	narrow := func(deps *room.Deps) {
		deps.Limits = room.DefaultLimits()
		deps.Limits.JoinUser = cache.Limit{Rate: 1, Per: time.Hour, Burst: 3}
	}
	each(t, func(b *bundle) {
		ctx := b.as(b.stranger)
		opened := b.open()
		b.join(b.stranger, opened) // what is good costs nothing
		b.leave(b.stranger, opened)
		for range 3 {
			_, err := b.Join(ctx, room.JoinInput{Code: "AAAAAAAA"})
			require.ErrorIs(b.t, err, room.ErrNotFound)
		}
		_, err := b.Join(ctx, room.JoinInput{Code: opened.Code})
		require.ErrorIs(b.t, err, room.ErrThrottled, "also when the guess is good")
		require.Positive(b.t, fault.From(err).RetryAfter)
		b.join(b.client, opened)
	}, narrow)
}

func TestManyWhoGuessFromOneNetworkAreThrottled(t *testing.T) {
	t.Parallel()
	narrow := func(deps *room.Deps) {
		deps.Limits = room.DefaultLimits()
		deps.Limits.JoinAddress = cache.Limit{Rate: 1, Per: time.Hour, Burst: 2}
	}
	each(t, func(b *bundle) {
		from := func(address string) error {
			guesser := testkit.Person(b.t, b.db, user.RoleUSER)
			_, err := b.Join(viewer.WithAddress(b.as(guesser), address), room.JoinInput{Code: "AAAAAAAA"})
			return err
		}
		require.ErrorIs(b.t, from("2001:db8::1"), room.ErrNotFound)
		require.ErrorIs(b.t, from("2001:db8::2"), room.ErrNotFound)
		require.ErrorIs(b.t, from("2001:db8::3"), room.ErrThrottled)
		require.ErrorIs(b.t, from("2001:db8:0:1::1"), room.ErrNotFound, "another network")
		require.ErrorIs(b.t, from("203.0.113.7"), room.ErrNotFound)
	}, narrow)
}

func TestOneRoomsPasswordCannotBeGuessedByACrowd(t *testing.T) {
	t.Parallel()
	narrow := func(deps *room.Deps) {
		deps.Limits = room.DefaultLimits()
		deps.Limits.JoinRoom = cache.Limit{Rate: 1, Per: time.Hour, Burst: 2}
	}
	each(t, func(b *bundle) {
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "방", Password: text("1234")})
		require.NoError(b.t, err)
		for _, want := range []error{room.ErrPasswordWrong, room.ErrPasswordWrong, room.ErrThrottled} {
			guesser := testkit.Person(b.t, b.db, user.RoleUSER)
			_, err := b.Join(b.as(guesser), room.JoinInput{Code: opened.Code, Password: text("0000")})
			require.ErrorIs(b.t, err, want)
		}
	}, narrow)
}

func TestTheRoomOfASessionAdmitsItsUserOnly(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusWAITING)
		opened, err := b.Take(b.as(b.expert), session.ID)
		require.NoError(b.t, err)
		_, err = b.Join(b.as(b.stranger), room.JoinInput{Code: opened.Code})
		require.ErrorIs(b.t, err, room.ErrNotFound)
		b.join(b.client, opened)
	})
}

func TestNobodyJoinsWhatIsClosedOrWithoutAnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		_, err := b.Join(context.Background(), room.JoinInput{Code: opened.Code})
		require.ErrorIs(b.t, err, fault.Unauthenticated)
		err = testkit.DuringDeletion(b.t, b.db, b.stranger, func() error {
			_, err := b.Join(b.as(b.stranger), room.JoinInput{Code: opened.Code})
			return err
		})
		require.ErrorIs(b.t, err, fault.Unauthenticated)
		b.leave(b.expert, opened)
		_, err = b.Join(b.as(b.client), room.JoinInput{Code: opened.Code})
		require.ErrorIs(b.t, err, room.ErrNotFound)
	})
}
