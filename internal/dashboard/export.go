package dashboard

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// exportPace is how long a reader of a download may take for each part of it.
const exportPace = time.Minute

// exportPart is how many rows are sent at once.
const exportPart = 500

// Exports answers GET /export/<signed address> with the rows of an analysis as CSV (RFC 4180, with a
// header), which begins with a byte order mark, because spreadsheets take UTF-8 for something else without.
// An address that is wrong or has ended is 403, and says so in the reader's language.
func (s *Service) Exports() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, signature, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/export/"), ".")
		a, ok := s.admit(body, signature)
		if !ok {
			tag := s.deps.Words.Match(r.Header.Get("Accept-Language"))
			http.Error(w, s.deps.Words.Say(tag, "dashboard.export.gone"), http.StatusForbidden)
			return
		}
		answer, err := s.everything(r.Context(), a)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		w.Header().Set("Content-Disposition", `attachment; filename="`+a.Question.Data+"-"+a.Question.Period.From.String()+"-"+a.Question.Period.To.String()+`.csv"`)
		w.Header().Set("Cache-Control", "private, no-store")
		if err := writeCSV(w, answer); err != nil {
			s.deps.Logger.DebugContext(r.Context(), "a download was cut", "error", err)
		}
	})
}

// refuse answers an error by its kind.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch f := fault.From(err); {
	case r.Context().Err() != nil:
		return // the client has left
	case f.IsBusiness():
		status = http.StatusUnprocessableEntity
	case f.Code == fault.CodeUnavailable:
		status = http.StatusServiceUnavailable
	}
	s.deps.Logger.WarnContext(r.Context(), "a download failed", "error", err)
	http.Error(w, http.StatusText(status), status)
}

// writeCSV writes an answer part by part, so that a slow reader holds up nothing but itself.
func writeCSV(w http.ResponseWriter, a *Analysis) error {
	control := http.NewResponseController(w)
	if _, err := w.Write([]byte("\ufeff")); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader(a)); err != nil {
		return err
	}
	for i, row := range a.Rows {
		if i%exportPart == 0 {
			out.Flush()
			_ = control.SetWriteDeadline(time.Now().Add(exportPace)) // not every writer can
			_ = control.Flush()
		}
		if err := out.Write(csvRecord(a, row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvHeader names the columns: of each dimension its key and its label, of each measure its value and that
// of the compared period, and what the method adds.
func csvHeader(a *Analysis) []string {
	var names []string
	for _, c := range a.Columns {
		names = append(names, c.Name)
		switch {
		case c.Role == RoleDimension:
			names = append(names, c.Name+"_label")
		case a.PreviousTotals != nil:
			names = append(names, c.Name+"_previous")
		}
	}
	return append(names, "share", "cumulative_share", "class", "quadrant")
}

func csvRecord(a *Analysis, row *Row) []string {
	var cells []string
	for i := range row.Keys {
		cells = append(cells, harmless(row.Keys[i]), harmless(row.Labels[i]))
	}
	for i := range row.Values {
		cells = append(cells, csvNumber(row.Values[i]))
		if a.PreviousTotals != nil {
			cells = append(cells, csvNumber(row.Previous[i]))
		}
	}
	cells = append(cells, csvNumber(row.Share), csvNumber(row.CumulativeShare))
	class, quadrant := "", ""
	if row.Class != nil {
		class = string(*row.Class)
	}
	if row.Quadrant != nil {
		quadrant = string(*row.Quadrant)
	}
	return append(cells, class, quadrant)
}

func csvNumber(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}

// harmless returns a text that no spreadsheet takes for a formula: one that begins like a formula gets an
// apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection).
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
