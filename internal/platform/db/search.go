package db

import (
	"slices"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// The bounds of a search.
const (
	// maxQuery is the longest search, in letters.
	maxQuery = 100
	// maxWords is how many words of a search count; the rest is ignored.
	maxWords = 8
	// minWord is the shortest word that is indexed, in letters.
	minWord = 2
)

// Words are what to search for in the column search_text of stores or of coupons. The zero value
// finds everything.
type Words struct{ words []string }

// Search reads a query: its words, separated by white space, must all occur somewhere in the text,
// also inside longer words. Words of one letter are too short for the index and are ignored. A blank
// query finds everything; one without any word of two letters or more, or of more than 100 letters,
// is [fault.InvalidArgument] at "search".
func Search(query string) (Words, error) {
	all := strings.Fields(SearchText(query))
	if utf8.RuneCountInString(query) > maxQuery {
		return Words{}, fault.InvalidArgument.Saying("argument.search").At("search")
	}
	words := slices.DeleteFunc(slices.Clone(all), func(word string) bool {
		return utf8.RuneCountInString(word) < minWord
	})
	if len(all) > 0 && len(words) == 0 {
		return Words{}, fault.InvalidArgument.Saying("argument.search").At("search")
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return Words{words[:min(len(words), maxWords)]}, nil
}

// Where returns the predicate for the rows of s that are not deleted and have all words; give it to
// the query's Where.
//
// cut, when not nil, orders and limits the ids that were found, before anything else is asked of
// their rows: give it the page's window when the search is the only condition and the order is by
// id. That spares to fetch all rows of a common word.
func (w Words) Where(cut func(*sql.Selector)) func(*sql.Selector) {
	return func(s *sql.Selector) {
		switch {
		case len(w.words) == 0:
		case s.Dialect() == dialect.Postgres:
			s.Where(w.inPostgres(s, cut))
		default:
			s.Where(w.inSQLite(s, cut))
		}
	}
}

// inSQLite asks the full-text index: a word is the phrase of its pairs of letters.
func (w Words) inSQLite(s *sql.Selector, cut func(*sql.Selector)) *sql.Predicate {
	phrases := make([]string, len(w.words))
	for i, word := range w.words {
		phrases[i] = `"` + Grams(word) + `"`
	}
	found := sql.Dialect(s.Dialect()).Select("id").From(sql.Table(s.TableName() + "_found"))
	found.Where(sql.P(func(b *sql.Builder) {
		b.Ident(found.C("grams")).WriteString(" MATCH ").Arg(strings.Join(phrases, " "))
	}))
	if cut != nil {
		cut(found)
	}
	return sql.In(s.C("id"), found)
}

// inPostgres asks the inverted index over the pairs of letters, in a subquery that is computed once
// and apart: with a LIMIT in the same query the planner expects to meet common words soon on a walk
// along the index of the order, and walks through the whole table when they are crowded at its other
// end. Uncut, the subquery answers places of rows (ctid), the cheapest way back to them; one statement
// sees one snapshot, in which a place keeps its row.
func (w Words) inPostgres(s *sql.Selector, cut func(*sql.Selector)) *sql.Predicate {
	id, place := s.C("id"), s.C("ctid") // now: the page of each group moves s to another source
	matches := sql.Dialect(s.Dialect()).Select().From(sql.Table(s.TableName())).Where(sql.P(w.match))
	if cut == nil {
		return sql.P(func(b *sql.Builder) {
			b.Ident(place).WriteString(" = ANY(ARRAY(").Join(matches.Select("ctid")).WriteString("))")
		})
	}
	found := sql.Dialect(s.Dialect()).Select("id").From(sql.Table("found"))
	cut(found)
	return sql.P(func(b *sql.Builder) {
		b.Ident(id).WriteString(" = ANY(ARRAY(WITH found AS MATERIALIZED (").Join(matches.Select("id")).
			WriteString(") ").Join(found).WriteString("))")
	})
}

// match writes the condition for the rows that have all words.
func (w Words) match(b *sql.Builder) {
	b.WriteString("deleted_at IS NULL AND moa_grams(search_text) @> (")
	for i, word := range w.words {
		if i > 0 {
			b.WriteString(" || ")
		}
		b.WriteString("moa_grams(").Arg(word).WriteString(")")
	}
	b.WriteString(")")
	for _, word := range w.words {
		if utf8.RuneCountInString(word) > minWord { // two letters are exact in the index
			b.WriteString(" AND search_text LIKE ").Arg("%" + likeText(word) + "%")
		}
	}
}

// likeText returns text as itself inside a LIKE pattern.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
