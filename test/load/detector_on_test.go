//go:build race

package load

// crowd is how many run a race when no figures are asked for: the race detector slows the servers
// several times.
const crowd = 300

// raced says that the race detector is on: it makes everything several times as slow and as large.
const raced = true
