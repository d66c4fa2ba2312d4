package dataimport

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows how much of the file is read, and how fast the rows go in. A nil bar shows nothing.
type bar struct {
	drawn   *progressbar.ProgressBar
	kind    string
	started time.Time
}

func newBar(w io.Writer, kind string, size int64, started time.Time) *bar {
	if w == nil {
		return nil
	}
	return &bar{
		drawn: progressbar.NewOptions64(size,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetDescription(kind),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetRenderBlankState(true),
			progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(w) }),
		),
		kind: kind, started: started,
	}
}

// show draws that the file is read up to position, which made so many rows.
func (b *bar) show(position int64, rows int, now time.Time) {
	if b == nil {
		return
	}
	speed := float64(rows) / max(now.Sub(b.started).Seconds(), 1e-3)
	b.drawn.Describe(fmt.Sprintf("%s: %d rows, %.0f rows/s", b.kind, rows, speed))
	_ = b.drawn.Set64(min(position, b.drawn.GetMax64())) // the import goes on when nobody can see it
}

// finish ends the line of the bar.
func (b *bar) finish() {
	if b != nil {
		_ = b.drawn.Exit()
	}
}
