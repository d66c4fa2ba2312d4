// Package memory spends memory that is there anyway on collecting garbage less often.
package memory

import (
	"io/fs"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

const (
	// growth is how much garbage, in per cent of what lives, is collected at once. Go's own 100 suits a
	// program whose memory is dear; a server of small answers works a third faster with this.
	growth = 400
	// share is the divisor of the memory that may be used before collecting becomes as eager as it takes:
	// half, because the databases may live on the same machine.
	share = 2
)

// Tune sets how eagerly garbage is collected, unless environ, each entry KEY=value, says it with GOGC or
// GOMEMLIMIT. It returns the limit in bytes that now holds; 0 when it changed nothing, as where the
// memory of the machine is unknown: without a limit, a greater growth would be a risk. root is the
// machine's file system.
func Tune(environ []string, root fs.FS) (limit int64) {
	told := slices.ContainsFunc(environ, func(entry string) bool {
		return strings.HasPrefix(entry, "GOGC=") || strings.HasPrefix(entry, "GOMEMLIMIT=")
	})
	available := Available(root)
	if told || available == 0 {
		return 0
	}
	limit = available / share
	debug.SetMemoryLimit(limit)
	debug.SetGCPercent(growth)
	return limit
}

// Available returns how much memory this process may use, in bytes: that of the machine or, where that
// is less, of its container (control groups of either version); 0 when nobody tells.
func Available(root fs.FS) int64 {
	sizes := []int64{
		total(root),
		number(root, "sys/fs/cgroup/memory.max"),
		number(root, path.Join("sys/fs/cgroup", group(root), "memory.max")),
		number(root, "sys/fs/cgroup/memory/memory.limit_in_bytes"),
	}
	sizes = slices.DeleteFunc(sizes, func(size int64) bool { return size <= 0 })
	if len(sizes) == 0 {
		return 0
	}
	return slices.Min(sizes)
}

// total returns the memory of the machine: proc_meminfo(5).
func total(root fs.FS) int64 {
	text, _ := fs.ReadFile(root, "proc/meminfo") // not there on other systems
	_, rest, _ := strings.Cut(string(text), "MemTotal:")
	line, _, _ := strings.Cut(rest, "\n")
	kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 10, 64)
	return kib << 10
}

// group returns the path of this process's control group of version 2: cgroups(7).
func group(root fs.FS) string {
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "0::/"); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// number returns the number in a file; 0 for another content, such as max, which is no limit.
func number(root fs.FS, name string) int64 {
	text, _ := fs.ReadFile(root, name)
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}
