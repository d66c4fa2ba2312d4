package room_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

func TestASessionWaitsForAnExpertFromWhereverItMay(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for status, want := range map[counselsession.Status]error{
			counselsession.StatusCOMPLETED:     nil,
			counselsession.StatusPARTIAL:       nil,
			counselsession.StatusFAILED:        nil,
			counselsession.StatusCANCELLED:     nil,
			counselsession.StatusCARDS_OFFERED: nil,
			counselsession.StatusWAITING:       nil,
			counselsession.StatusSTREAMING:     counsel.ErrReplyRunning,
			counselsession.StatusENDED:         counsel.ErrEnded,
			counselsession.StatusWITH_EXPERT:   room.ErrNotWaiting,
		} {
			session := b.session(b.client, status)
			waiting, err := b.Request(b.as(b.client), session.ID, true)
			if want != nil {
				require.ErrorIs(b.t, err, want, status)
				require.Equal(b.t, status, b.sessionNow(session.ID).Status)
				continue
			}
			require.NoError(b.t, err, status)
			require.Equal(b.t, counselsession.StatusWAITING, waiting.Status)
			require.True(b.t, waiting.HistoryShared)
			require.WithinDuration(b.t, time.Now(), *waiting.WaitingSince, time.Minute)
		}
	})
}

func TestWhoAsksAgainKeepsThePlaceAndMayAgreeOtherwise(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusCOMPLETED)
		first, err := b.Request(b.as(b.client), session.ID, true)
		require.NoError(b.t, err)
		b.clock.forward(time.Minute)
		again, err := b.Request(b.as(b.client), session.ID, false)
		require.NoError(b.t, err)
		require.True(b.t, first.WaitingSince.Equal(*again.WaitingSince))
		require.False(b.t, again.HistoryShared)
	})
}

func TestOfManyExpertsTheFirstTakesTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusCOMPLETED)
		_, err := b.Request(b.as(b.client), session.ID, true)
		require.NoError(b.t, err)
		experts := make([]*ent.User, 8)
		for i := range experts {
			experts[i] = testkit.Person(b.t, b.db, user.RoleCOUNSELOR)
		}
		rooms := make([]*ent.CounselRoom, len(experts))
		won := -1
		for i, err := range atOnce(len(experts), func(i int) (err error) {
			rooms[i], err = b.Take(b.as(experts[i]), session.ID)
			return err
		}) {
			if err == nil {
				require.Equal(b.t, -1, won, "two have taken it")
				won = i
				continue
			}
			require.ErrorIs(b.t, err, room.ErrNotWaiting)
		}
		require.NotEqual(b.t, -1, won)
		taken := b.sessionNow(session.ID)
		require.Equal(b.t, counselsession.StatusWITH_EXPERT, taken.Status)
		require.Equal(b.t, experts[won].ID, *taken.CounselorID)
		require.Nil(b.t, taken.WaitingSince)
		require.Equal(b.t, session.ID, *rooms[won].SessionID)
		require.Equal(b.t, b.client.Name, rooms[won].Title)
		require.Equal(b.t, 1, b.db.Read().CounselRoom.Query().CountX(context.Background()))
	})
}

func TestOneSessionGoesFromRequestToItsEndAndWatchersAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusCOMPLETED)
		changes, err := b.bus.Follow(b.t.Context(), counsel.TopicChanged, "", session.ID)
		require.NoError(b.t, err)
		_, err = b.Request(b.as(b.client), session.ID, true)
		require.NoError(b.t, err)
		next(b.t, changes.C())
		opened, err := b.Take(b.as(b.expert), session.ID)
		require.NoError(b.t, err)
		next(b.t, changes.C())

		found, err := b.BySession(b.as(b.client), []string{session.ID})
		require.NoError(b.t, err)
		require.Equal(b.t, opened.Code, found[session.ID].Code, "the client learns where to go")
		b.join(b.client, opened)
		b.leave(b.client, opened)
		require.Equal(b.t, counselsession.StatusWITH_EXPERT, b.sessionNow(session.ID).Status, "a client may come back")
		b.join(b.client, opened)
		b.leave(b.expert, opened)
		next(b.t, changes.C())
		require.Equal(b.t, counselsession.StatusENDED, b.sessionNow(session.ID).Status)
		_, err = b.Request(b.as(b.client), session.ID, true)
		require.ErrorIs(b.t, err, counsel.ErrEnded)
	})
}

func TestARoomClosesAlsoWhenItsSessionWasDeleted(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		_, opened := b.deleted()
		require.Equal(b.t, room.StatusClosed, room.StatusOf(b.leave(b.expert, opened)))
	})
}

// deleted returns a session that its client has deleted while an expert had it, and the room.
func (b *bundle) deleted() (*ent.CounselSession, *ent.CounselRoom) {
	b.t.Helper()
	session := b.session(b.client, counselsession.StatusWAITING)
	opened, err := b.Take(b.as(b.expert), session.ID)
	require.NoError(b.t, err)
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
		return tx.CounselSession.UpdateOneID(session.ID).SetDeletedAt(time.Now()).Exec(ctx)
	})
	return session, opened
}

func TestADeletedSessionClosesItsRoomForBoth(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusWAITING)
		opened, err := b.Take(b.as(b.expert), session.ID)
		require.NoError(b.t, err)
		b.join(b.client, opened)
		host, guest := b.listen(b.expert, opened, nil), b.listen(b.client, opened, nil)
		host.hears(room.EventJoined, b.client)
		guest.hears(room.EventJoined, b.client)
		require.NoError(b.t, b.CloseDeleted(b.t.Context(), session.ID))
		require.Nil(b.t, b.roomNow(opened.ID).ClosedAt, "the session is there")
		testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) error {
			return tx.CounselSession.UpdateOneID(session.ID).SetDeletedAt(time.Now()).Exec(ctx)
		})
		require.NoError(b.t, b.CloseDeleted(b.t.Context(), session.ID))
		for _, l := range []listener{host, guest} {
			l.hears(room.EventClosed, b.expert)
			l.ends()
		}
		require.NoError(b.t, b.CloseDeleted(b.t.Context(), session.ID), "once")
	})
}

// TestARoomWhoseSessionWasDeletedClosesByItself: the process that deleted the session may have died.
func TestARoomWhoseSessionWasDeletedClosesByItself(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		_, opened := b.deleted()
		host := b.listen(b.expert, opened, nil)
		testkit.Run(b.t, b.Run)
		host.hears(room.EventClosed, b.expert)
		host.ends()
	})
}

func TestNobodyTakesWhatDoesNotWait(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		_, err := b.Take(b.as(b.expert), "cns_none")
		require.ErrorIs(b.t, err, room.ErrSessionNotFound)
		_, err = b.Take(b.as(b.expert), b.session(b.client, counselsession.StatusCOMPLETED).ID)
		require.ErrorIs(b.t, err, room.ErrNotWaiting)
		_, err = b.Take(b.as(b.expert), b.session(b.expert, counselsession.StatusWAITING).ID)
		require.ErrorIs(b.t, err, room.ErrNotWaiting, "experts do not counsel themselves")
		_, err = b.Take(b.as(b.client), b.session(b.stranger, counselsession.StatusWAITING).ID)
		require.ErrorIs(b.t, err, fault.Forbidden)
	})
}
