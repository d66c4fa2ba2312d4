package tarot

import (
	"fmt"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/tarot/face"
	"github.com/moa-bff/moa/internal/counsel/tarot/ink"
)

// maxWidth is the most pixels a card is painted wide: enough for a full screen of twice the density.
const maxWidth = 1200

// SVG returns the picture of a card, 300 units wide and 520 tall, titled with its name in both
// languages. It is nil for an index that no card has.
func SVG(index int) []byte {
	card, ok := ByIndex(index)
	if !ok {
		return nil
	}
	return drawing(index).SVG(card.Name(language.Korean) + " · " + card.Name(language.English))
}

// Back returns the picture of a card that lies face down, in the size of [SVG].
func Back() []byte { return face.Back().SVG("카드 뒷면 · Card back") }

// PNG returns the same picture as [SVG] in pixels, for those who show no SVG, such as link previews.
// Width is from 1 to 1200 pixels; the corners are transparent.
func PNG(index, width int) ([]byte, error) {
	if index < 0 || index >= Size {
		return nil, fmt.Errorf("paint card %d: the deck has %d", index, Size)
	}
	if width < 1 || width > maxWidth {
		return nil, fmt.Errorf("paint a card %d pixels wide: it takes 1 to %d", width, maxWidth)
	}
	return drawing(index).PNG(width)
}

// Preview returns one to three cards side by side in a picture of 1200 × 630 pixels, the shape in
// which KakaoTalk and others show a link.
func Preview(indices []int) ([]byte, error) {
	if len(indices) < 1 || len(indices) > face.MaxSpread {
		return nil, fmt.Errorf("paint a preview of %d cards: it takes 1 to %d", len(indices), face.MaxSpread)
	}
	cards := make([]*ink.Drawing, len(indices))
	for i, index := range indices {
		if index < 0 || index >= Size {
			return nil, fmt.Errorf("paint card %d: the deck has %d", index, Size)
		}
		cards[i] = drawing(index)
	}
	spread := face.Spread(cards)
	return spread.PNG(int(spread.Width))
}

func drawing(index int) *ink.Drawing {
	suit, rank := place(index)
	if suit < 0 {
		return face.Major(index)
	}
	return face.Minor(face.Suit(suit), rank)
}
