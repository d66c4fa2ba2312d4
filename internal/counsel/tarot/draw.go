package tarot

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// MaxDrawn is how many cards are drawn at once at most: those of the largest common spread.
const MaxDrawn = 10

// Why a draw can be refused.
var (
	ErrPositionInvalid = fault.Business("COUNSEL_CARD_POSITION_INVALID")
	ErrCountInvalid    = fault.Business("COUNSEL_CARD_COUNT_INVALID")
)

// Drawn is a card that was turned over.
type Drawn struct {
	// Position is where it lay among the 78 cards face down, from 0 to 77: what the viewer chose.
	Position int
	// Index is the index of the card in the deck: what chance chose.
	Index int
	// Reversed tells that it stands on its head.
	Reversed bool
}

// Draw turns over the cards at the positions, in their order. Which card lies at a position is
// decided only now, with equal chances for all that are not among the earlier ones, and so is which
// way up it stands: nobody can have looked before. Random is [rand.Reader] outside of tests; its
// error is returned.
//
// It returns [ErrCountInvalid] for no position or more than [MaxDrawn], and [ErrPositionInvalid] for
// one that is not on the table, is named twice or was turned over earlier.
func Draw(random io.Reader, positions []int, earlier []Drawn) ([]Drawn, error) {
	if err := check(positions, earlier); err != nil {
		return nil, err
	}
	left := undrawn(earlier)
	drawn := make([]Drawn, len(positions))
	for i, position := range positions {
		at, err := below(random, len(left))
		if err != nil {
			return nil, err
		}
		side, err := below(random, 2)
		if err != nil {
			return nil, err
		}
		drawn[i] = Drawn{Position: position, Index: left[at], Reversed: side == 1}
		left[at] = left[len(left)-1] // their order says nothing
		left = left[:len(left)-1]
	}
	return drawn, nil
}

// check says why the positions cannot be turned over, or nil.
func check(positions []int, earlier []Drawn) error {
	if len(positions) == 0 || len(positions) > MaxDrawn {
		return ErrCountInvalid.At("positions")
	}
	turned := map[int]bool{}
	for _, d := range earlier {
		turned[d.Position] = true
	}
	for _, position := range positions {
		if position < 0 || position >= Size || turned[position] {
			return ErrPositionInvalid.At("positions")
		}
		turned[position] = true
	}
	return nil
}

// undrawn returns the indices of the cards that are still face down.
func undrawn(earlier []Drawn) []int {
	gone := map[int]bool{}
	for _, d := range earlier {
		gone[d.Index] = true
	}
	var left []int
	for index := range Size {
		if !gone[index] {
			left = append(left, index)
		}
	}
	return left
}

// below returns a number from 0 to n-1, each as likely as any other: numbers of too many bits are
// thrown away, not folded.
func below(random io.Reader, n int) (int, error) {
	number, err := rand.Int(random, big.NewInt(int64(n)))
	if err != nil {
		return 0, fmt.Errorf("draw a card: %w", err)
	}
	return int(number.Int64()), nil
}
