//go:build race

package load

// crowd is how many run a race when no figures are asked for: the race detector slows the servers
// several times.
const crowd = 300
