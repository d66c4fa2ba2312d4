package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/fault"
)

var errTooTired = fault.Business("TEST_TOO_TIRED")

func TestDecoratedCopiesAreTheSameFault(t *testing.T) {
	t.Parallel()
	cause := errors.New("no coffee")
	err := fmt.Errorf("get up: %w", errTooTired.At("input", "name").With(7).Wrap(cause).After(time.Minute))
	require.ErrorIs(t, err, errTooTired)
	require.ErrorIs(t, err, cause)
	require.NotErrorIs(t, err, fault.Internal)
	f := fault.From(err)
	require.Equal(t, []string{"input", "name"}, f.Field)
	require.Equal(t, []any{7}, f.Args)
	require.Equal(t, time.Minute, f.RetryAfter)
	require.True(t, f.IsBusiness())
	require.Empty(t, errTooTired.Field, "the sentinel stays as it is")
	require.Contains(t, err.Error(), "TEST_TOO_TIRED at [input name] [7]: no coffee")
}

func TestWhatIsNoFaultIsInternal(t *testing.T) {
	t.Parallel()
	require.Nil(t, fault.From(nil))
	secret := errors.New("password=hunter2")
	f := fault.From(secret)
	require.Equal(t, fault.CodeInternal, f.Code)
	require.ErrorIs(t, f, secret, "the log still learns the cause")
	require.Nil(t, fault.BusinessOf(secret))
	require.Nil(t, fault.BusinessOf(fault.Unavailable))
}

func TestListsCarryEveryRefusal(t *testing.T) {
	t.Parallel()
	require.NoError(t, fault.List{}.Err())
	list := fault.List{errTooTired.At("a"), errTooTired.At("b")}
	err := fmt.Errorf("check: %w", list.Err())
	require.ErrorIs(t, err, errTooTired)
	require.Len(t, fault.BusinessOf(err), 2)
	require.Len(t, fault.BusinessOf(fmt.Errorf("x: %w", errTooTired)), 1)
}

func TestCodesAreRemembered(t *testing.T) {
	t.Parallel()
	require.Contains(t, fault.BusinessCodes(), fault.Code("TEST_TOO_TIRED"))
}
