package bus_test

import (
	"testing"

	"github.com/moa-bff/moa/internal/platform/bus"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	testSuite(t, func(t *testing.T, opts bus.Options) bus.Bus {
		b := bus.NewMemory(opts)
		run(t, b)
		return b
	})
}
