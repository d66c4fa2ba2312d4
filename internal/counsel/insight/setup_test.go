package insight_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// worry is a row of the public corpus of short Korean sayings.
type worry struct{ text, label string }

// worries returns the corpus, which lies beside the repository; without it the test skips.
func worries(tb testing.TB) (rows []worry) {
	tb.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "korean_worries", "songys_chatbot_qa.csv")
	file, err := os.Open(path)
	if err != nil {
		tb.Skipf("the shared data are not beside the repository: %v", err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(tb, err)
	for _, line := range lines[1:] {
		rows = append(rows, worry{text: line[1], label: line[3]})
	}
	require.Len(tb, rows, 11_823)
	return rows
}
