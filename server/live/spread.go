package live

import (
	"runtime"
	"sync"
)

// worthwhile is how many members are worth a goroutine: handing an answer to one may take a write to its
// connection, some microseconds.
const worthwhile = 200

// spread calls f with the index of each of n members, those of a crowd on all cores.
func spread(n int, f func(i int)) {
	parts := max(1, min(runtime.GOMAXPROCS(0), n/worthwhile))
	var others sync.WaitGroup
	for part := 1; part < parts; part++ {
		others.Go(func() { loop(n*part/parts, n*(part+1)/parts, f) })
	}
	loop(0, n/parts, f)
	others.Wait()
}

func loop(from, to int, f func(i int)) {
	for i := from; i < to; i++ {
		f(i)
	}
}
