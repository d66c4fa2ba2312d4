package columns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/columns"
)

// asked are the columns of the tables that are known.
type asked map[string][]string

func (a asked) Columns(table string) ([]string, bool) {
	looked, known := a[table]
	return looked, known
}

func TestWhatNobodyLooksAtIsLeftOut(t *testing.T) {
	t.Parallel()
	all := []string{"id", "name", "address", "created_at"}
	require.Equal(t, all, columns.Of(t.Context(), "stores", all, "id"), "nobody has said anything")
	ctx := columns.With(t.Context(), asked{"stores": {"created_at", "name", "name", "secret"}, "users": nil})
	require.Equal(t, []string{"id", "name", "created_at"}, columns.Of(ctx, "stores", all, "id"))
	require.Equal(t, []string{"id"}, columns.Of(ctx, "users", all, "id"), "nothing is looked at")
	require.Equal(t, all, columns.Of(ctx, "coupons", all, "id"), "it may be any")
	require.Equal(t, []string{"id", "name", "address", "created_at"}, all, "the list of all is left alone")
}
