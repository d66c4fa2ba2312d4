package load

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Summary tells how long many things took.
type Summary struct {
	Mean, P50, P95, P99, Max time.Duration
}

// Summarize returns the summary of the times; all zero for none. A percentile is the nearest rank: the
// smallest time that at least so many per cent do not exceed.
func Summarize(times []time.Duration) Summary {
	if len(times) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(times))
	var sum time.Duration
	for _, t := range sorted {
		sum += t
	}
	rank := func(percent int) time.Duration { return sorted[max(0, (len(sorted)*percent+99)/100-1)] }
	return Summary{
		Mean: sum / time.Duration(len(sorted)),
		P50:  rank(50), P95: rank(95), P99: rank(99), Max: sorted[len(sorted)-1],
	}
}

// Median returns the middle of the values, the lower one of two; the zero value for none.
func Median[T cmp.Ordered](values []T) T {
	if len(values) == 0 {
		var none T
		return none
	}
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}

// Table is a Markdown table under a title.
type Table struct {
	Title string
	Head  []string
	rows  [][]string
}

// Add adds a line.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Print writes the table as Markdown.
func (t *Table) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", t.Title)
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.Head)
	b.WriteString(strings.Repeat("|---", len(t.Head)) + "|\n")
	for _, row := range t.rows {
		line(row)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Milliseconds returns a time as figures show it: in milliseconds, with decimals below ten.
func Milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d == 0:
		return "0"
	case ms < 1:
		return fmt.Sprintf("%.3f", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f", ms)
	default:
		return fmt.Sprintf("%.0f", ms)
	}
}
