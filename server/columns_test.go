package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestAFieldAloneIsWhatItIsAmongAll holds that a field needs no column that was read for another field: reads
// give only what the operation looks at.
func TestAFieldAloneIsWhatItIsAmongAll(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	m := start(t, "MOA_LIMIT_VIEWER_RATE=100000", "MOA_RESPONSE_CACHE=0")
	admin := m.as(t, "admin")
	for _, place := range []struct{ of, document, path string }{
		{"Coupon", `{ coupons(first: 50) { edges { node { %s } } } }`, "coupons.edges.node"},
		{"Coupon", `{ coupons(first: 50, orderBy: {field: POPULARITY, direction: ASC}, filter: {status: ACTIVE}) { edges { node { %s } } } }`, "coupons.edges.node"},
		{"Coupon", `{ stores(first: 50) { edges { node { coupons(first: 3, orderBy: {field: STARTS_AT, direction: DESC}) { edges { node { %s } } } } } } }`, "stores.edges.node.coupons.edges.node"},
		{"Store", `{ stores(first: 50) { edges { node { %s } } } }`, "stores.edges.node"},
		{"Store", `{ stores(first: 50, orderBy: {field: NAME, direction: DESC}) { edges { node { %s } } } }`, "stores.edges.node"},
		{"Store", `{ stores(first: 50, filter: {near: {latitude: 37.5636, longitude: 126.9084, radiusMeters: 50000}}) { edges { node { %s } } } }`, "stores.edges.node"},
		{"Store", `{ coupons(first: 50) { edges { node { store { %s } } } } }`, "coupons.edges.node.store"},
		{"User", `{ stores(first: 50) { edges { node { owner { %s } } } } }`, "stores.edges.node.owner"},
	} {
		fields := schema.Types[place.of].Fields
		var all []string
		for _, f := range fields {
			if !strings.HasPrefix(f.Name, "__") {
				all = append(all, selecting(schema, f))
			}
		}
		among := objectsAt(t, admin.must(t, fmt.Sprintf(place.document, strings.Join(all, " ")), nil), place.path)
		require.NotEmpty(t, among, place.document)
		for _, selection := range all {
			alone := objectsAt(t, admin.must(t, fmt.Sprintf(place.document, selection), nil), place.path)
			require.Len(t, alone, len(among), selection)
			for i := range alone {
				for field, value := range alone[i] {
					require.JSONEq(t, string(among[i][field]), string(value), "%s in %s", selection, place.document)
				}
			}
		}
	}
}

// selecting asks for a field with all its plain fields, or with the ids of what it leads to.
func selecting(schema *ast.Schema, f *ast.FieldDefinition) string {
	text := f.Name
	switch f.Name {
	case "distanceMeters":
		text += `(from: {latitude: 37.5, longitude: 127})`
	case "usage":
		text += `(from: "2026-01-01", to: "2026-01-02")`
	}
	object := schema.Types[f.Type.Name()]
	switch {
	case object.IsLeafType():
		return text
	case object.Fields.ForName("edges") != nil:
		return text + " { edges { node { id } } }"
	case object.Fields.ForName("id") != nil:
		return text + " { id }"
	}
	var leaves []string
	for _, below := range object.Fields {
		if schema.Types[below.Type.Name()].IsLeafType() {
			leaves = append(leaves, below.Name)
		}
	}
	return text + " { " + strings.Join(leaves, " ") + " }"
}

// objectsAt returns the objects at a dotted path, through all lists on the way.
func objectsAt(t *testing.T, a answer, path string) (found []map[string]json.RawMessage) {
	t.Helper()
	level := []json.RawMessage{a.Data}
	for step := range strings.SplitSeq(path, ".") {
		var next []json.RawMessage
		for _, text := range level {
			var object map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(text, &object))
			var list []json.RawMessage
			if json.Unmarshal(object[step], &list) != nil {
				list = []json.RawMessage{object[step]}
			}
			next = append(next, list...)
		}
		level = next
	}
	for _, text := range level {
		var object map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &object))
		found = append(found, object)
	}
	return found
}
