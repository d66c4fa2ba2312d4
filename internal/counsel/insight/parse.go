package insight

import (
	"slices"
	"strings"
)

func names[K ~string](kinds []K) []string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = string(k)
	}
	return list
}

func known[K comparable](k K, kinds []K) bool { return slices.Contains(kinds, k) }

// parse returns the kinds that were said, in the order in which they were.
func parse[K ~string](said []string, kinds []K, most int) (found []K) {
	for _, word := range said {
		k := K(strings.ToUpper(strings.TrimSpace(word)))
		if known(k, kinds) && !known(k, found) && len(found) < most {
			found = append(found, k)
		}
	}
	return found
}
