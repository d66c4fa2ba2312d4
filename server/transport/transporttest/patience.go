//go:build !race

package transporttest

import "time"

// patience is how long an attack may keep the server busy. It allows for a slow machine and
// for tests beside this one.
const patience = 3 * time.Second
