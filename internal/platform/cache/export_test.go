package cache

// SetClock lets a test tell the time, in µs since 1970, instead of the Redis server.
func (l *RedisLimiter) SetClock(now func() int64) { l.now = now }
