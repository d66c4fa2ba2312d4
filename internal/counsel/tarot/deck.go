package tarot

import (
	"fmt"
	"sync"
)

// The size of the deck and of its parts.
const (
	Size   = 78
	majors = 22
	ranks  = 14 // of each suit
)

// deck reads the texts once. They are a part of the program, and a test reads them all.
var deck = sync.OnceValue(func() []*Card {
	cards, err := build()
	if err != nil {
		panic(err)
	}
	return cards
})

// Deck returns the 78 cards by their index. The slice and the cards are shared: read them only.
func Deck() []*Card { return deck() }

// ByIndex returns the card with an index from 0 to 77; false for any other.
func ByIndex(i int) (*Card, bool) {
	if i < 0 || i >= Size {
		return nil, false
	}
	return deck()[i], true
}

// build puts the cards and their texts together.
func build() ([]*Card, error) {
	english, err := read("cards.en.txt")
	if err != nil {
		return nil, err
	}
	korean, err := read("cards.ko.txt")
	if err != nil {
		return nil, err
	}
	suits := [...]Suit{SuitWands, SuitCups, SuitSwords, SuitPentacles}
	cards := make([]*Card, Size)
	for i := range cards {
		if english[i].slug != korean[i].slug {
			return nil, fmt.Errorf("card %d is %q in English and %q in Korean", i, english[i].slug, korean[i].slug)
		}
		cards[i] = &Card{
			Index: i, Arcana: ArcanaMajor, Number: i,
			slug: english[i].slug, english: english[i], korean: korean[i],
		}
		if suit, rank := place(i); suit >= 0 {
			cards[i].Arcana, cards[i].Suit, cards[i].Number = ArcanaMinor, &suits[suit], rank
		}
	}
	return cards, nil
}

// place returns the suit of a card, counted from 0, and its rank in it, counted from 1; the suit is
// -1 for the major arcana.
func place(index int) (suit, rank int) {
	if index < majors {
		return -1, 0
	}
	return (index - majors) / ranks, (index-majors)%ranks + 1
}
