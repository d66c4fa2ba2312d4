package tarot

import (
	"embed"
	"fmt"
	"strings"
)

// files hold the texts, one file a language. A card is five lines and a blank one: its slug, its
// name, its keywords parted by commas, its meaning upright and its meaning reversed.
//
//go:embed texts
var files embed.FS

// text is what one language says of one card.
type text struct {
	slug, name        string
	keywords          []string
	upright, reversed string
}

// read returns the texts of a file by the index of their cards.
func read(file string) ([]text, error) {
	data, err := files.ReadFile("texts/" + file)
	if err != nil {
		return nil, err
	}
	blocks := strings.Split(strings.TrimSpace(string(data)), "\n\n")
	if len(blocks) != Size {
		return nil, fmt.Errorf("%s holds %d cards, not %d", file, len(blocks), Size)
	}
	texts := make([]text, Size)
	for i, block := range blocks {
		lines := strings.Split(block, "\n")
		if len(lines) != 5 {
			return nil, fmt.Errorf("%s: card %d has %d lines, not 5", file, i, len(lines))
		}
		texts[i] = text{
			slug: lines[0], name: lines[1], keywords: strings.Split(lines[2], ", "),
			upright: lines[3], reversed: lines[4],
		}
	}
	return texts, nil
}
