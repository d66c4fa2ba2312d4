// Package tarot is the deck of 78 cards: what they are called and mean in Korean and English, how
// they are drawn, and Moa's own pictures of them. The voice of the texts is warm and never fatal:
// a card opens a view, it foretells nothing.
package tarot

import (
	"slices"

	"golang.org/x/text/language"
)

// Arcana is one of the two parts of the deck.
type Arcana string

// The two parts of the deck.
const (
	ArcanaMajor Arcana = "MAJOR" // 22 cards with scenes of their own
	ArcanaMinor Arcana = "MINOR" // 56 cards in four suits
)

// Suit is one of the four suits of the minor arcana.
type Suit string

// The four suits, in the order of the deck.
const (
	SuitWands     Suit = "WANDS"
	SuitCups      Suit = "CUPS"
	SuitSwords    Suit = "SWORDS"
	SuitPentacles Suit = "PENTACLES"
)

// Card is one card of the deck. It is shared by all who ask: read it only.
type Card struct {
	// Index is the place in the deck, from 0 to 77: the major arcana by their numbers, then wands,
	// cups, swords and pentacles.
	Index  int
	Arcana Arcana
	Suit   *Suit // nil for the major arcana
	// Number is 0 (The Fool) to 21 (The World) in the major arcana; in a suit 1 (ace) to 10, then 11
	// (page), 12 (knight), 13 (queen) and 14 (king).
	Number int

	slug            string
	english, korean text
}

// Slug returns a name that never changes, in ASCII: "the-fool", "three-of-cups". The thirteenth of
// the major arcana is called "transformation": people come here in distress, and nobody is to be
// dealt a death.
func (c *Card) Slug() string { return c.slug }

// Name returns what the card is called, at most 20 letters: in Korean where tag asks for it, else in
// English.
func (c *Card) Name(tag language.Tag) string { return c.in(tag).name }

// Keywords returns three or four words for what the card speaks of.
func (c *Card) Keywords(tag language.Tag) []string { return slices.Clone(c.in(tag).keywords) }

// Upright returns the meaning of the card as it stands upright, in one or two sentences.
func (c *Card) Upright(tag language.Tag) string { return c.in(tag).upright }

// Reversed returns the meaning of the card as it stands on its head, in one or two sentences.
func (c *Card) Reversed(tag language.Tag) string { return c.in(tag).reversed }

func (c *Card) in(tag language.Tag) text {
	korean, _ := language.Korean.Base()
	if base, _ := tag.Base(); base == korean {
		return c.korean
	}
	return c.english
}
