package scalar_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/scalar"
)

func written(m graphql.Marshaler) string {
	var b strings.Builder
	m.MarshalGQL(&b)
	return b.String()
}

func TestDateTimeIsAlwaysUTC(t *testing.T) {
	t.Parallel()
	at, err := scalar.UnmarshalDateTime("2026-11-21T09:30:00.5+09:00")
	require.NoError(t, err)
	require.Equal(t, `"2026-11-21T00:30:00.5Z"`, written(scalar.MarshalDateTime(at)))
	require.Equal(t, time.UTC, at.Location())
	for _, bad := range []any{"2026-11-21", "now", 5, nil} {
		_, err := scalar.UnmarshalDateTime(bad)
		require.ErrorIs(t, err, fault.InvalidArgument, "%v", bad)
	}
}

func TestIntHas32Bits(t *testing.T) {
	t.Parallel()
	for _, v := range []any{json.Number("2147483647"), int64(2147483647), 2147483647} {
		i, err := scalar.UnmarshalInt(v)
		require.NoError(t, err)
		require.Equal(t, 2147483647, i)
	}
	for _, bad := range []any{json.Number("2147483648"), json.Number("1.5"), json.Number("1e3"), int64(1) << 40, "7", true, nil} {
		_, err := scalar.UnmarshalInt(bad)
		require.ErrorIs(t, err, fault.InvalidArgument, "%v", bad)
	}
}

func TestOpenValuesAreJSON(t *testing.T) {
	t.Parallel()
	require.JSONEq(t, `{"a":[1,"둘"]}`, written(scalar.MarshalJSON(map[string]any{"a": []any{1, "둘"}})))
	require.JSONEq(t, `{"a":1}`, written(scalar.MarshalRawJSON(json.RawMessage(`{"a":1}`))))
	require.Equal(t, "null", written(scalar.MarshalRawJSON(nil)))
}
