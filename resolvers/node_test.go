package resolvers

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPanicInOneOfManyLookupsIsAnError(t *testing.T) {
	t.Parallel()
	_, err := each(t.Context(), []string{"a", "b"}, func(_ context.Context, id string) (string, error) {
		if id == "b" {
			panic("no such thing")
		}
		return id, nil
	})
	require.ErrorContains(t, err, "no such thing")
}
