package offline_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/counsel/offline"
)

func TestPiecesAreTheText(t *testing.T) {
	t.Parallel()
	require.Empty(t, offline.Pieces(""))
	require.Equal(t, []string{"안녕하세", "요,", " 오늘은", " cou", "nsel", "\n1)", " 끝"}, offline.Pieces("안녕하세요, 오늘은 counsel\n1) 끝"))
	for _, tag := range languages() {
		for _, voice := range voices() {
			for _, text := range worries() {
				answer := offline.Answer(offline.Turn{Voice: voice, Stage: offline.StageTalk, Language: tag, Lines: said(text)}).Text
				requirePieces(t, answer)
				require.Greater(t, len(offline.Pieces(answer)), 5)
			}
		}
	}
}

func FuzzPieces(f *testing.F) {
	for _, text := range append(worries(), "  ", "\n\n", "👩‍👩‍👧‍👦 가족", "\xff\xfe", "a b  c\t\td") {
		f.Add(text)
	}
	f.Fuzz(requirePieces)
}

// requirePieces fails unless the pieces of text are short and together text.
func requirePieces(t *testing.T, text string) {
	t.Helper()
	pieces := offline.Pieces(text)
	require.Equal(t, text, strings.Join(pieces, ""))
	for _, piece := range pieces {
		require.NotEmpty(t, piece)
		require.LessOrEqual(t, utf8.RuneCountInString(piece), 4)
		require.Equal(t, utf8.ValidString(text), utf8.ValidString(piece) && utf8.ValidString(text))
	}
}
