package room_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/room"
)

func TestWhoWasTheGuestLastRatesTheTalk(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened := b.open()
		_, err := b.Rate(b.as(b.client), opened.ID, 5)
		require.ErrorIs(b.t, err, room.ErrNotMember, "there was no talk")
		b.join(b.client, opened)
		for _, wrong := range []int{0, 6, -1} {
			_, err := b.Rate(b.as(b.client), opened.ID, wrong)
			require.ErrorIs(b.t, err, room.ErrRatingInvalid)
		}
		for _, rating := range []int{1, 4} { // the last word counts
			rated, err := b.Rate(b.as(b.client), opened.ID, rating)
			require.NoError(b.t, err)
			require.Equal(b.t, rating, *rated.Rating)
		}
		_, err = b.Rate(b.as(b.expert), opened.ID, 5)
		require.ErrorIs(b.t, err, room.ErrNotMember)
		b.leave(b.client, opened)
		b.join(b.stranger, opened)
		require.Nil(b.t, b.roomNow(opened.ID).Rating, "another talk")
		_, err = b.Rate(b.as(b.client), opened.ID, 1)
		require.ErrorIs(b.t, err, room.ErrNotMember)
		b.leave(b.expert, opened)
		rated, err := b.Rate(b.as(b.stranger), opened.ID, 5)
		require.NoError(b.t, err, "also after it")
		require.Equal(b.t, 5, *rated.Rating)
	})
}
