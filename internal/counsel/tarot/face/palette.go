package face

import "github.com/moa-bff/moa/internal/counsel/tarot/ink"

// Suit is one of the four suits, in the order of the deck.
type Suit int

// The four suits.
const (
	Wands Suit = iota
	Cups
	Swords
	Pentacles
)

// The colours that all cards share; never assigned again.
var (
	cream = ink.Flat(0xf8f0df)
	sand  = ink.Flat(0xdccba6)
	gold  = ink.Flat(0xd9a441)
	straw = ink.Flat(0xf7dc94)
	amber = ink.Flat(0xe98a3c)
	rose  = ink.Flat(0xd9607a)
	blush = ink.Flat(0xf3b7a6)
	skin  = ink.Flat(0xf2cfae)
	wine  = ink.Flat(0x7d2444)
	brown = ink.Flat(0x6a3d2a)
	wood  = ink.Flat(0xa0653a)
	moss  = ink.Flat(0x5d8f57)
	leaf  = ink.Flat(0xa7c872)
	pine  = ink.Flat(0x1f4a3d)
	teal  = ink.Flat(0x2f8f9d)
	aqua  = ink.Flat(0xa5e0e2)
	sea   = ink.Flat(0x17425f)
	steel = ink.Flat(0x7d8cb0)
	mist  = ink.Flat(0xdbe4f3)
	slate = ink.Flat(0x4a5379)
	lilac = ink.Flat(0xb7a2e0)
	plum  = ink.Flat(0x53377f)
	night = ink.Flat(0x221c4e)
)

// livery is what tells a suit from the others: its colours, its mark and its people.
type livery struct {
	high, low   ink.Paint // the sky of the window
	robe, trim  ink.Paint // the clothes of the court
	glow        ink.Paint
	skin, hair  ink.Paint
	mark        func() *ink.Drawing // drawn around the origin
	tall, broad float64             // the size of the mark
	held, grip  float64             // how large the court holds the mark, and where, below its middle
}

// liveries returns the liveries in the order of the suits.
func liveries() [4]livery {
	return [4]livery{
		Wands: {
			high: ink.Flat(0xe0713a), low: ink.Flat(0x7a2620), robe: ink.Flat(0xa83a2a), trim: straw, glow: straw,
			skin: ink.Flat(0xf2cfae), hair: ink.Flat(0x8a3a22), mark: wand, tall: 66, broad: 32, held: 2, grip: 12,
		},
		Cups: {
			high: ink.Flat(0x4fb0b8), low: ink.Flat(0x134a68), robe: ink.Flat(0x1f6c8a), trim: aqua, glow: aqua,
			skin: ink.Flat(0xf0c7a0), hair: ink.Flat(0x33241f), mark: cup, tall: 60, broad: 44, held: 1.35, grip: 15,
		},
		Swords: {
			high: ink.Flat(0x97a4cf), low: ink.Flat(0x363a66), robe: ink.Flat(0x4f5692), trim: mist, glow: mist,
			skin: ink.Flat(0xf6dcc4), hair: ink.Flat(0xd8c8a8), mark: sword, tall: 70, broad: 34, held: 2, grip: 23,
		},
		Pentacles: {
			high: ink.Flat(0x86b36a), low: pine, robe: ink.Flat(0x35704f), trim: straw, glow: straw,
			skin: ink.Flat(0xb07a52), hair: ink.Flat(0x2e1d18), mark: pentacle, tall: 52, broad: 52, held: 1.15, grip: 27,
		},
	}
}
