package dataimport

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
)

// maxStoreName is the longest name of a store, in letters.
const maxStoreName = 100

// storeNames knows which names the living stores of owners have. An owner's stores have different
// names, and registers of chains do not care: the second "Moa Café" of an owner is called
// "Moa Café (2)", in the order of the file, so that no row is lost.
type storeNames struct{ taken map[[2]string]bool }

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

// storeNames reads the names that the rows' owners have taken, as far as they matter for the rows.
func (b *batch) storeNames(ctx context.Context, rows []storeRow, owners map[string]*ent.User) (*storeNames, error) {
	names := &storeNames{taken: map[[2]string]bool{}}
	var ownerIDs []string
	for _, owner := range owners {
		ownerIDs = append(ownerIDs, owner.ID)
	}
	wanted := map[string]bool{}
	for _, s := range rows {
		wanted[s.name] = true
	}
	if err := names.load(ctx, b, ownerIDs, wanted); err != nil {
		return nil, err
	}
	// Names that are taken, or wanted by several rows, need the numbered ones too.
	crowded, seen := map[string]bool{}, maps.Clone(names.taken)
	for _, s := range rows {
		owner := owners[s.ownerEmail]
		if owner == nil {
			continue
		}
		if key := [2]string{owner.ID, s.name}; seen[key] {
			for n := 2; n <= maxNumber; n++ {
				crowded[numbered(s.name, n)] = true
			}
		} else {
			seen[key] = true
		}
	}
	return names, names.load(ctx, b, ownerIDs, crowded)
}

// maxNumber is how far the numbers of names are looked up at once: the stores beyond it are refused
// by the database and so rejected.
const maxNumber = 50

// load reads which of the names the owners have taken, some at a time: SQLite takes 32,766 values a
// statement.
func (n *storeNames) load(ctx context.Context, b *batch, ownerIDs []string, names map[string]bool) error {
	for some := range slices.Chunk(slices.Collect(maps.Keys(names)), 10_000) {
		rows, err := b.tx.Store.Query().
			Where(store.OwnerIDIn(ownerIDs...), store.NameIn(some...), store.DeletedAtIsNil()).
			Select(store.FieldOwnerID, store.FieldName).
			All(ctx)
		if err != nil {
			return fmt.Errorf("look up %d names of stores: %w", len(some), err)
		}
		for _, s := range rows {
			n.taken[[2]string{s.OwnerID, s.Name}] = true
		}
	}
	return nil
}

// take returns the first of the numbered names that the owner has free, and takes it.
func (n *storeNames) take(ownerID, name string) string {
	for i := 1; ; i++ {
		candidate := [2]string{ownerID, numbered(name, i)}
		if !n.taken[candidate] {
			n.taken[candidate] = true
			return candidate[1]
		}
	}
}
