package bus

import (
	"slices"
	"time"
)

// record is an entry as the hub keeps it. Records never change once they are published, so
// readers share them.
type record struct {
	Entry
	position
	id    string
	added time.Time
}

// history holds the newest records of a log, whose offsets follow each other without a gap.
type history struct {
	records []*record
	start   int // records before start are trimmed and wait for the next compaction
}

func (h *history) len() int { return len(h.records) - h.start }

func (h *history) add(rec *record) { h.records = append(h.records, rec) }

// trim drops the oldest records until at most limit are left and none is older than cutoff,
// and calls dropped for each.
func (h *history) trim(limit int, cutoff time.Time, dropped func(*record)) {
	for h.len() > limit || (h.len() > 0 && h.records[h.start].added.Before(cutoff)) {
		dropped(h.records[h.start])
		h.records[h.start] = nil
		h.start++
	}
	// Moving the rest only when it is the smaller half costs O(1) a record.
	if h.start > 0 && h.start >= len(h.records)/2 {
		h.records = slices.Delete(h.records, 0, h.start)
		h.start = 0
	}
}

func (h *history) clear() { *h = history{} }

// scan looks at records from the nth on, at most limit of them, and returns those that wants
// accepts, at most room. seen counts the records looked at.
func (h *history) scan(n, limit, room int, wants func(*record) bool) (page []*record, seen int) {
	rest := h.records[h.start+n:]
	for _, rec := range rest[:min(len(rest), limit)] {
		if wants(rec) {
			if len(page) == room {
				return page, seen
			}
			page = append(page, rec)
		}
		seen++
	}
	return page, seen
}
