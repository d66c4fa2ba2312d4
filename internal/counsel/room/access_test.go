package room_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// Whatever can be done with a room, neither guests nor strangers nor other experts nor operators can.
func TestNobodyElseCanDoAnythingInARoom(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusWAITING)
		opened, err := b.Take(b.as(b.expert), session.ID)
		require.NoError(b.t, err)
		b.join(b.client, opened)
		calls := map[string]struct {
			do      func(ctx context.Context) error
			foreign error
			nobody  error
		}{
			"Get": {func(ctx context.Context) error { _, err := b.Get(ctx, opened.ID); return err }, room.ErrNotFound, room.ErrNotFound},
			"Watch": {func(ctx context.Context) error {
				_, err := b.Watch(ctx, opened.ID, nil)
				return err
			}, room.ErrNotMember, fault.Unauthenticated},
			"Watch after": {func(ctx context.Context) error {
				_, err := b.Watch(ctx, opened.ID, &opened.HostCursor)
				return err
			}, room.ErrNotMember, fault.Unauthenticated},
			"Send": {func(ctx context.Context) error {
				_, err := b.Send(ctx, room.SignalInput{RoomID: opened.ID, Kind: room.SignalOffer, Payload: []byte(`{}`)})
				return err
			}, room.ErrNotMember, fault.Unauthenticated},
			"Leave": {func(ctx context.Context) error { _, err := b.Leave(ctx, opened.ID); return err }, room.ErrNotMember, fault.Unauthenticated},
			"Rate":  {func(ctx context.Context) error { _, err := b.Rate(ctx, opened.ID, 1); return err }, room.ErrNotMember, fault.Unauthenticated},
			"Join": {func(ctx context.Context) error {
				_, err := b.Join(ctx, room.JoinInput{Code: opened.Code})
				return err
			}, room.ErrNotFound, fault.Unauthenticated},
			"Request": {func(ctx context.Context) error {
				_, err := b.Request(ctx, session.ID, true)
				return err
			}, room.ErrSessionNotFound, fault.Unauthenticated},
		}
		foreign := map[string]context.Context{
			"a stranger":     b.as(b.stranger),
			"another expert": b.as(testkit.Person(b.t, b.db, user.RoleCOUNSELOR)),
			"an operator":    b.as(testkit.Person(b.t, b.db, user.RoleADMIN)),
		}
		for name, call := range calls {
			for who, ctx := range foreign {
				require.ErrorIs(b.t, call.do(ctx), call.foreign, "%s by %s", name, who)
			}
			require.ErrorIs(b.t, call.do(context.Background()), call.nobody, "%s by nobody", name)
		}
		for who, ctx := range foreign {
			rooms, err := b.BySession(ctx, []string{session.ID})
			require.NoError(b.t, err)
			require.Empty(b.t, rooms, who)
		}
		rooms, err := b.BySession(context.Background(), []string{session.ID})
		require.NoError(b.t, err)
		require.Empty(b.t, rooms)
		require.Equal(b.t, b.client.ID, *b.roomNow(opened.ID).GuestID, "nobody was pushed out")
	})
}

func TestMembersAndTheSessionsUserSeeTheRoom(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		session := b.session(b.client, counselsession.StatusWAITING)
		opened, err := b.Take(b.as(b.expert), session.ID)
		require.NoError(b.t, err)
		for _, ctx := range []context.Context{b.as(b.expert), b.as(b.client)} { // the client has not joined yet
			got, err := b.Get(ctx, opened.ID)
			require.NoError(b.t, err)
			require.Equal(b.t, opened.ID, got.ID)
			rooms, err := b.BySession(ctx, []string{session.ID, "cns_none"})
			require.NoError(b.t, err)
			require.Len(b.t, rooms, 1)
		}
		_, err = b.Watch(b.as(b.client), opened.ID, nil)
		require.ErrorIs(b.t, err, room.ErrNotMember, "but hears nothing before")
	})
}

func TestOnlyExpertsOpenRoomsAndSeeDesks(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for name, do := range map[string]func(ctx context.Context) error{
			"Open":      func(ctx context.Context) error { _, err := b.Open(ctx, room.OpenInput{Title: "방"}); return err },
			"Take":      func(ctx context.Context) error { _, err := b.Take(ctx, "cns_none"); return err },
			"Desk":      func(ctx context.Context) error { _, err := b.Desk(ctx); return err },
			"WatchDesk": func(ctx context.Context) error { _, err := b.WatchDesk(ctx); return err },
		} {
			require.ErrorIs(b.t, do(b.as(b.client)), fault.Forbidden, name)
			require.ErrorIs(b.t, do(context.Background()), fault.Unauthenticated, name)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.as(b.client)
		_, err := b.Get(ctx, "crm_none")
		require.ErrorIs(b.t, err, room.ErrNotFound)
		_, err = b.Watch(ctx, "crm_none", nil)
		require.ErrorIs(b.t, err, room.ErrNotFound)
		_, err = b.Leave(ctx, "crm_none")
		require.ErrorIs(b.t, err, room.ErrNotFound)
		_, err = b.Rate(ctx, "crm_none", 3)
		require.ErrorIs(b.t, err, room.ErrNotFound)
		_, err = b.Send(ctx, room.SignalInput{RoomID: "crm_none", Kind: room.SignalOffer, Payload: []byte(`{}`)})
		require.ErrorIs(b.t, err, room.ErrNotFound)
		opened := b.open()
		b.leave(b.expert, opened)
		_, err = b.Send(b.as(b.expert), room.SignalInput{RoomID: opened.ID, Kind: room.SignalOffer, Payload: []byte(`{}`)})
		require.ErrorIs(b.t, err, room.ErrNotFound, "closed")
		require.Equal(b.t, room.StatusClosed, room.StatusOf(b.leave(b.expert, opened)), "leaving again changes nothing")
	})
}
