package room_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestARoomIsOpenUnderACodeThatPeopleCanReadAloud(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		opened, err := b.Open(b.as(b.expert), room.OpenInput{Title: "  오늘의 상담 ", Password: text("비밀")})
		require.NoError(b.t, err)
		require.Equal(b.t, "오늘의 상담", opened.Title)
		require.Equal(b.t, room.StatusOpen, room.StatusOf(opened))
		require.Regexp(b.t, `^[ACDEFGHJKMNPQRTUVWXY]{8}$`, opened.Code)
		require.NotContains(b.t, *opened.PasswordHash, "비밀")
		require.NotEqual(b.t, opened.Code, b.open().Code)
	})
}

func TestACodeBelongsToOneOpenRoomOnly(t *testing.T) {
	t.Parallel()
	scarce := func(deps *room.Deps) {
		var made atomic.Int32
		deps.NewCode = func() string {
			if made.Add(1)%3 == 0 {
				return strings.Repeat("C", 8)
			}
			return strings.Repeat("A", 8)
		}
	}
	each(t, func(b *bundle) {
		first, second := b.open(), b.open()
		require.Equal(b.t, "AAAAAAAA", first.Code)
		require.Equal(b.t, "CCCCCCCC", second.Code, "a code that is taken is made anew")
		_, err := b.Open(b.as(b.expert), room.OpenInput{Title: "셋"})
		require.Error(b.t, err, "and not for ever")

		b.leave(b.expert, first)
		b.leave(b.expert, second)
		require.Equal(b.t, "CCCCCCCC", b.open().Code, "a closed room gives its code back")
	}, scarce)
}

func TestWhatARoomCanBeCalledAndLockedWith(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for _, refused := range []struct {
			title    string
			password *string
			want     *fault.Error
		}{
			{"", nil, room.ErrTitleInvalid},
			{"   ", nil, room.ErrTitleInvalid},
			{strings.Repeat("가", 61), nil, room.ErrTitleInvalid},
			{"a\x00b", nil, room.ErrTitleInvalid},
			{"a\nb", nil, room.ErrTitleInvalid},
			{"방", text(""), room.ErrPasswordInvalid},
			{"방", text("abc"), room.ErrPasswordInvalid},
			{"방", text(strings.Repeat("x", 73)), room.ErrPasswordInvalid},
		} {
			_, err := b.Open(b.as(b.expert), room.OpenInput{Title: refused.title, Password: refused.password})
			require.ErrorIs(b.t, err, refused.want, "%+v", refused)
		}
		for _, input := range []room.OpenInput{
			{Title: strings.Repeat("가", 60)}, {Title: "a", Password: text("1234")}, {Title: "a", Password: text(strings.Repeat("x", 72))},
		} {
			_, err := b.Open(b.as(b.expert), input)
			require.NoError(b.t, err)
		}
	})
}

func TestNobodyOpensRoomsWithoutEnd(t *testing.T) {
	t.Parallel()
	narrow := func(deps *room.Deps) {
		deps.Limits = room.DefaultLimits()
		deps.Limits.Open = cache.Limit{Rate: 1, Per: time.Hour, Burst: 2}
	}
	each(t, func(b *bundle) {
		b.open()
		b.open()
		_, err := b.Open(b.as(b.expert), room.OpenInput{Title: "또"})
		require.ErrorIs(b.t, err, fault.RateLimited)
		require.Positive(b.t, fault.From(err).RetryAfter)
	}, narrow)
}
