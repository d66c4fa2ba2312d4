//go:build !race

package load

// crowd is how many run a race when no figures are asked for.
const crowd = 1000

// raced says that the race detector is on.
const raced = false
