package memory_test

import (
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/memory"
)

func machine(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

const eightGiB = "MemFree: 1 kB\nMemTotal:        8388608 kB\nMemAvailable: 7 kB\n"

func TestTheSmallestLimitHolds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"an unknown system":       {nil, 0},
		"a machine":               {map[string]string{"proc/meminfo": eightGiB}, 8 << 30},
		"a container":             {map[string]string{"proc/meminfo": eightGiB, "sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		"a container with no end": {map[string]string{"proc/meminfo": eightGiB, "sys/fs/cgroup/memory.max": "max\n"}, 8 << 30},
		"a service": {map[string]string{
			"proc/meminfo": eightGiB, "proc/self/cgroup": "1:cpu:/\n0::/system.slice/moa.service\n",
			"sys/fs/cgroup/system.slice/moa.service/memory.max": "1073741824\n",
		}, 1 << 30},
		"version 1": {map[string]string{"proc/meminfo": eightGiB, "sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n"}, 256 << 20},
		"version 1 with no end": {
			map[string]string{"proc/meminfo": eightGiB, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"},
			8 << 30,
		},
	} {
		require.Equal(t, c.want, memory.Available(machine(c.files)), name)
	}
}

// It changes the process, so it must run alone.
func TestTheEnvironmentHasTheLastWord(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	known := machine(map[string]string{"proc/meminfo": eightGiB})

	require.Zero(t, memory.Tune([]string{"GOGC=50"}, known))
	require.Zero(t, memory.Tune([]string{"HOME=/", "GOMEMLIMIT=1GiB"}, known))
	require.Zero(t, memory.Tune(nil, machine(nil)), "without a limit more garbage is a risk")
	require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(-1))
	require.Equal(t, 100, debug.SetGCPercent(100))

	require.EqualValues(t, 4<<30, memory.Tune([]string{"HOME=/"}, known))
	require.EqualValues(t, 4<<30, debug.SetMemoryLimit(-1))
	require.Equal(t, 400, debug.SetGCPercent(100))
}
