package dataimport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect/sql"

	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
)

// maxStoreName is the longest name of a store, in letters.
const maxStoreName = 100

// storeNames knows which names the living stores of owners have. An owner's stores have different
// names, and registers of chains do not care: the second "Moa Café" of an owner is called
// "Moa Café (2)", in the order of the file, so that no row is lost.
type storeNames struct{ taken map[ownedName]bool }

// numbered returns the name of the n-th store that is called name.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	mark := " (" + strconv.Itoa(n) + ")"
	letters := []rune(name)
	return string(letters[:min(len(letters), maxStoreName-utf8.RuneCountInString(mark))]) + mark
}

// isNumbered reports whether kept is what [numbered] makes of name for some number.
func isNumbered(kept, name string) bool {
	if kept == name {
		return true
	}
	at := strings.LastIndex(kept, " (")
	if at < 0 {
		return false
	}
	n, err := strconv.Atoi(strings.TrimSuffix(kept[at+2:], ")"))
	return err == nil && n > 1 && kept == numbered(name, n)
}

// ownedName is a name that an owner wants or has taken.
type ownedName struct{ ownerID, name string }

// storeNames reads which of the wanted names are taken.
func (b *batch) storeNames(ctx context.Context, wanted []ownedName) (*storeNames, error) {
	names := &storeNames{taken: map[ownedName]bool{}}
	if err := names.load(ctx, b, wanted); err != nil {
		return nil, err
	}
	// Names that are taken, or wanted twice, need the numbered ones too.
	var crowded []ownedName
	seen := maps.Clone(names.taken)
	for _, want := range wanted {
		if !seen[want] {
			seen[want] = true
			continue
		}
		for n := 2; n <= maxNumber; n++ {
			crowded = append(crowded, ownedName{want.ownerID, numbered(want.name, n)})
		}
	}
	return names, names.load(ctx, b, crowded)
}

// maxNumber is how far the numbers of names are looked up at once: a store beyond it is refused by
// the database and so rejected.
const maxNumber = 50

// load reads which of the names are taken, some at a time: SQLite takes 32,766 values a statement.
func (n *storeNames) load(ctx context.Context, b *batch, names []ownedName) error {
	for some := range slices.Chunk(names, 10_000) {
		rows, err := b.tx.Store.Query().
			Where(store.DeletedAtIsNil(), named(some)).
			Select(store.FieldOwnerID, store.FieldName).
			All(ctx)
		if err != nil {
			return fmt.Errorf("look up %d names of stores: %w", len(some), err)
		}
		for _, s := range rows {
			n.taken[ownedName{s.OwnerID, s.Name}] = true
		}
	}
	return nil
}

// named holds for the stores that have one of the names.
func named(names []ownedName) predicate.Store {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString("(").Ident(s.C(store.FieldOwnerID)).Comma().Ident(s.C(store.FieldName)).WriteString(") IN (VALUES ")
			for i, n := range names {
				if i > 0 {
					b.Comma()
				}
				b.WriteString("(").Args(n.ownerID, n.name).WriteString(")")
			}
			b.WriteString(")")
		}))
	}
}

// take returns the first of the numbered names that the owner has free, and takes it.
func (n *storeNames) take(ownerID, name string) string {
	for i := 1; ; i++ {
		candidate := ownedName{ownerID, numbered(name, i)}
		if !n.taken[candidate] {
			n.taken[candidate] = true
			return candidate.name
		}
	}
}
