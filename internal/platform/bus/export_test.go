package bus

import "time"

// Sweep does at once what Run does every 15 seconds.
func (b *Redis) Sweep() {
	b.hub.sweep(time.Now())
	signal(b.topicsChanged)
}
