package tarot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel/tarot"
)

// document is what the tests look for in an SVG document.
type document struct {
	title    string
	elements map[string]int
}

// parse reads a whole SVG document and fails for what no picture of ours may hold.
func parse(t *testing.T, data []byte) document {
	t.Helper()
	require.Less(t, len(data), 12<<10)
	doc := document{elements: map[string]int{}}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	ids := map[string]bool{}
	var open []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			doc.elements[token.Name.Local]++
			require.Contains(t, []string{"svg", "title", "defs", "linearGradient", "radialGradient", "stop", "g", "path"}, token.Name.Local)
			for _, a := range token.Attr {
				require.NotContains(t, a.Value, "NaN")
				switch reference := regexp.MustCompile(`^url\((.*)\)$`).FindStringSubmatch(a.Value); {
				case a.Name.Local == "id":
					require.False(t, ids["#"+a.Value])
					ids["#"+a.Value] = true
				case reference != nil:
					require.True(t, ids[reference[1]], "%s is defined", reference[1])
				default:
					require.NotContains(t, a.Value, "url(")
				}
				require.False(t, strings.HasPrefix(a.Name.Local, "on") || strings.HasSuffix(a.Name.Local, "href"), a.Name.Local)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "title" {
				doc.title += string(token)
			}
		}
	}
	require.Equal(t, 1, doc.elements["svg"])
	require.Contains(t, string(data), `viewBox="0 0 300 520"`)
	return doc
}

func TestEveryCardHasAPictureOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, card := range tarot.Deck() {
		data := tarot.SVG(card.Index)
		doc := parse(t, data)
		require.Equal(t, card.Name(language.Korean)+" · "+card.Name(language.English), doc.title)
		require.Greater(t, doc.elements["path"], 10)
		require.Equal(t, data, tarot.SVG(card.Index), "drawn twice, card %d is the same", card.Index)
		_, drawing, _ := strings.Cut(string(data), "</title>")
		seen[drawing] = true
	}
	back := tarot.Back()
	require.NotEmpty(t, parse(t, back).title)
	_, drawing, _ := strings.Cut(string(back), "</title>")
	seen[drawing] = true
	require.Len(t, seen, tarot.Size+1)
}

func TestThereIsNoPictureOfNoCard(t *testing.T) {
	t.Parallel()
	for _, index := range []int{-1, 78} {
		require.Nil(t, tarot.SVG(index))
		_, err := tarot.PNG(index, 300)
		require.Error(t, err)
		_, err = tarot.Preview([]int{index})
		require.Error(t, err)
	}
	for _, width := range []int{-1, 0, 1201} {
		_, err := tarot.PNG(0, width)
		require.Error(t, err)
	}
}

func TestACardIsPaintedInPixels(t *testing.T) {
	t.Parallel()
	for index, sky := range map[int][3]uint32{20: {0x6f, 0xa7, 0xd6}, 22: {0xe0, 0x71, 0x3a}, 36: {0x4f, 0xb0, 0xb8}} {
		picture := decode(t, index, 150)
		require.Equal(t, image.Rect(0, 0, 150, 260), picture.Bounds())
		for _, corner := range []image.Point{{0, 0}, {149, 0}, {0, 259}, {149, 259}} {
			_, _, _, a := picture.At(corner.X, corner.Y).RGBA()
			require.Zero(t, a, "the corners are round")
		}
		requireColour(t, picture, 10, 130, [3]uint32{0xf8, 0xf0, 0xdf}) // paper
		requireColour(t, picture, 130, 38, sky)                         // the upper right of the window
	}
}

func decode(t *testing.T, index, width int) image.Image {
	t.Helper()
	data, err := tarot.PNG(index, width)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	return picture
}

func requireColour(t *testing.T, picture image.Image, x, y int, want [3]uint32) {
	t.Helper()
	r, g, b, a := picture.At(x, y).RGBA()
	require.Equal(t, uint32(0xffff), a)
	for i, channel := range []uint32{r, g, b} {
		require.InDelta(t, want[i], channel>>8, 12, "channel %d at %d, %d", i, x, y)
	}
}

func TestALinkShowsOneToThreeCards(t *testing.T) {
	t.Parallel()
	for _, indices := range [][]int{{17}, {0, 77}, {13, 30, 45}} {
		data, err := tarot.Preview(indices)
		require.NoError(t, err)
		picture, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, 1200, 630), picture.Bounds())
		opaque, ok := picture.(interface{ Opaque() bool })
		require.True(t, ok)
		require.True(t, opaque.Opaque(), "nothing shines through")
	}
	for _, indices := range [][]int{nil, {1, 2, 3, 4}} {
		_, err := tarot.Preview(indices)
		require.Error(t, err)
	}
}
