package loaders

import (
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
)

// TestReadsAreToldWhatIsLookedAt holds what an operation makes of each table.
func TestReadsAreToldWhatIsLookedAt(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t)
	for name, test := range map[string]struct {
		document string
		want     map[string][]string // nil for all columns
	}{
		"columns of their names, and what fields are made of": {
			`{ coupons { edges { node { id title remaining minOrderAmount store { __typename location { latitude } } } } } }`,
			map[string][]string{
				"coupons": {"claimed_count", "min_order_amount", "quantity", "store_id", "title"},
				"stores":  {"latitude", "longitude"}, "users": {},
			},
		},
		"two places are one": {
			`{ stores { edges { node { name coupons { edges { node { title } } } } } } coupons { edges { node { endsAt store { address } } } } }`,
			map[string][]string{"coupons": {"ends_at", "store_id", "title"}, "stores": {"address", "name"}, "users": {}},
		},
		"in fragments, under conditions and in nodes": {
			`query($b: Boolean!) { coupons { edges { node { ...of } } } node(id: "sto_1") { id ... on Store { name owner @include(if: $b) { avatarUrl } } } }
			fragment of on Coupon { ... { title @skip(if: $b) } }`,
			map[string][]string{"coupons": {"title"}, "stores": {"name", "owner_id"}, "users": {"avatar_key"}},
		},
		"what is not known may be made of anything": {
			`{ coupons { edges { node { title usage(from: "2026-01-01", to: "2026-01-02") { date } } } } }`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document, errs := gqlparser.LoadQueryWithRules(schema, test.document, nil)
			require.Empty(t, errs)
			a := asked{operation: &graphql.OperationContext{Doc: document, Operation: document.Operations[0]}}
			for _, table := range []string{"coupons", "stores", "users"} {
				columns, known := a.Columns(table)
				require.Equal(t, test.want != nil, known)
				if known {
					slices.Sort(columns)
					require.Equal(t, test.want[table], append([]string{}, slices.Compact(columns)...), table)
				}
			}
			_, known := a.Columns("coupon_claims")
			require.False(t, known, "nothing is said of other tables")
		})
	}
}
