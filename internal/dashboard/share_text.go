package dashboard

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/moa-bff/moa/internal/platform/reads"
)

// sharedAnswer is an answer as replicas hand it to each other: what it tells, and what was known when it was begun.
// Another replica may run another release, so change its format with what it or an [Analysis] means.
type sharedAnswer struct {
	Format   int       `json:"format"`
	Version  int64     `json:"version"`
	Heard    uint64    `json:"heard"`
	At       time.Time `json:"at"`
	Analysis *Analysis `json:"analysis"`
}

const sharedFormat = 1

// replaced is what JSON has in the place of bytes that are no UTF-8.
var replaced = []byte(`\ufffd`)

// encodeShared returns an answer as text, from which it comes back exactly: numbers are written as the shortest
// decimals that are them again. It is not ok where that cannot be, or the text is too large.
func encodeShared(a *Analysis) (text []byte, ok bool) {
	if len(a.Rows) > sharedRows {
		return nil, false
	}
	text, err := json.Marshal(sharedAnswer{sharedFormat, a.begun.version, a.begun.mark.Heard, a.begun.at, a})
	return text, err == nil && len(text) <= sharedBytes && !bytes.Contains(text, replaced)
}

// decodeShared is the inverse of encodeShared. Of the mark only what is comparable between replicas comes back.
func decodeShared(text []byte) (a *Analysis, ok bool) {
	var shared sharedAnswer
	if err := json.Unmarshal(text, &shared); err != nil || shared.Format != sharedFormat || shared.Analysis == nil {
		return nil, false
	}
	shared.Analysis.begun = stamp{version: shared.Version, mark: reads.Mark{Heard: shared.Heard}, at: shared.At}
	return shared.Analysis, true
}
