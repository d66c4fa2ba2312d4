package tarot_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/fault"
)

func TestADrawIsRefused(t *testing.T) {
	t.Parallel()
	earlier := []tarot.Drawn{{Position: 5, Index: 40}}
	for _, test := range []struct {
		positions []int
		why       *fault.Error
	}{
		{nil, tarot.ErrCountInvalid},
		{[]int{}, tarot.ErrCountInvalid},
		{[]int{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11}, tarot.ErrCountInvalid},
		{[]int{-1}, tarot.ErrPositionInvalid},
		{[]int{78}, tarot.ErrPositionInvalid},
		{[]int{1, 2, 1}, tarot.ErrPositionInvalid},
		{[]int{1, 5}, tarot.ErrPositionInvalid},
	} {
		drawn, err := tarot.Draw(rand.Reader, test.positions, earlier)
		require.ErrorIs(t, err, test.why, "%v", test.positions)
		require.Equal(t, []string{"positions"}, fault.From(err).Field)
		require.True(t, fault.From(err).IsBusiness())
		require.Nil(t, drawn)
	}
}

func TestTenCardsAtOnceAreDrawn(t *testing.T) {
	t.Parallel()
	positions := []int{77, 0, 40, 3, 9, 12, 60, 61, 5, 33}
	drawn, err := tarot.Draw(rand.Reader, positions, nil)
	require.NoError(t, err)
	require.Len(t, drawn, len(positions))
	for i, d := range drawn {
		require.Equal(t, positions[i], d.Position)
	}
}

// TestNoCardComesTwice draws whole decks in portions of chance.
func TestNoCardComesTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		chance := mathrand.New(mathrand.NewPCG(seed, 1))
		left := chance.Perm(tarot.Size)
		var earlier []tarot.Drawn
		for len(left) > 0 {
			n := min(1+chance.IntN(tarot.MaxDrawn), len(left))
			drawn, err := tarot.Draw(seeded(seed), left[:n], earlier)
			require.NoError(t, err)
			earlier, left = append(earlier, drawn...), left[n:]
		}
		positions, indices := map[int]bool{}, map[int]bool{}
		for _, d := range earlier {
			require.True(t, 0 <= d.Index && d.Index < tarot.Size)
			positions[d.Position], indices[d.Index] = true, true
		}
		require.Len(t, positions, tarot.Size)
		require.Len(t, indices, tarot.Size)
	}
}

func TestTheLastCardIsTheOneThatIsLeft(t *testing.T) {
	t.Parallel()
	var earlier []tarot.Drawn
	for i := range tarot.Size {
		if i != 31 {
			earlier = append(earlier, tarot.Drawn{Position: (i + 1) % tarot.Size, Index: i})
		}
	}
	drawn, err := tarot.Draw(rand.Reader, []int{32}, earlier)
	require.NoError(t, err)
	require.Equal(t, 31, drawn[0].Index)
}

// TestEveryCardIsAsLikely counts the cards of many draws. With 77 degrees of freedom chi-square
// leaves 130 once in six thousand times, and the seed is always the same.
func TestEveryCardIsAsLikely(t *testing.T) {
	t.Parallel()
	const draws, cards = 5_000, 3
	random := seeded(42)
	var counts [cards][tarot.Size]int
	upright := 0
	for range draws {
		drawn, err := tarot.Draw(random, []int{10, 20, 30}, nil)
		require.NoError(t, err)
		for i, d := range drawn {
			counts[i][d.Index]++
			if !d.Reversed {
				upright++
			}
		}
	}
	for i := range counts {
		expected, chiSquare := float64(draws)/tarot.Size, 0.0
		for _, n := range counts[i] {
			chiSquare += (float64(n) - expected) * (float64(n) - expected) / expected
		}
		require.Less(t, chiSquare, 130.0, "card %d of a draw", i)
		require.Greater(t, chiSquare, 40.0, "card %d of a draw: chance is not that even", i)
	}
	require.InDelta(t, 0.5, float64(upright)/(draws*cards), 0.02)
}

func TestTheSamePositionsHoldOtherCardsNextTime(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 5 {
		drawn, err := tarot.Draw(rand.Reader, []int{0, 1, 2, 3, 4, 5}, nil)
		require.NoError(t, err)
		seen[fmt.Sprint(drawn)] = true
	}
	require.Len(t, seen, 5)
}

func TestWithoutChanceNothingIsDrawn(t *testing.T) {
	t.Parallel()
	broken := errors.New("no entropy")
	drawn, err := tarot.Draw(iotest.ErrReader(broken), []int{1}, nil)
	require.ErrorIs(t, err, broken)
	require.Nil(t, drawn)
}

func seeded(seed uint64) *mathrand.ChaCha8 {
	return mathrand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
}
