package coupon

import "github.com/moa-bff/moa/internal/platform/queue"

// RegisterJobs tells the queue how to do what coupons ask of it. Call it once, before the queue runs.
func (s *Service) RegisterJobs() {
	queue.Handle(s.deps.Queue, s.turn)
	queue.Handle(s.deps.Queue, s.aggregate)
	// At the start too: a night may have been missed.
	s.deps.Queue.Every(afterMidnight, true, usageArgs{})
}
