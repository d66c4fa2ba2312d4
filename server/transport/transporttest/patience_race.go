//go:build race

package transporttest

import "time"

// patience is longer here: the race detector makes everything several times as slow. Its real bound is held
// without it, see .ci/check.
const patience = 15 * time.Second
