package obs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// probe runs one check, at most once at a time: however many ask, and however long the
// check hangs, what it looks at is not asked twice at once.
type probe struct {
	check  Check
	logger *slog.Logger

	mu      sync.Mutex
	running *attempt
	failing bool
}

// attempt is one run of a check. found may be read once done is closed.
type attempt struct {
	began time.Time
	done  chan struct{}
	found finding
}

// find returns what the check finds now, and gives up after [probeTime].
func (p *probe) find(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	attempt := p.join()
	select {
	case <-attempt.done:
		return attempt.found
	case <-ctx.Done():
		// An asker who left early has learned nothing about the check.
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			p.note(ctx.Err())
		}
		return finding{Status: "failed", Detail: reason(ctx.Err()), MS: milliseconds(time.Since(attempt.began))}
	}
}

// join returns the attempt that is running, and starts one when there is none.
func (p *probe) join() *attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running = &attempt{began: time.Now(), done: make(chan struct{})}
		go p.run(p.running)
	}
	return p.running
}

// run does the attempt. Several askers may share it, so it does not end with any of them.
func (p *probe) run(a *attempt) {
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	detail, err := p.check.Probe(ctx)
	a.found = finding{Status: "ok", Detail: detail, MS: milliseconds(time.Since(a.began))}
	switch {
	case errors.Is(err, ErrOff):
		a.found.Status, err = "off", nil
	case err != nil:
		a.found.Status, a.found.Detail = "failed", reason(err)
	}
	p.note(err)
	p.mu.Lock()
	p.running = nil
	p.mu.Unlock()
	close(a.done)
}

// note logs err when it is news, and that the check works again.
func (p *probe) note(err error) {
	p.mu.Lock()
	changed := p.failing != (err != nil)
	p.failing = err != nil
	p.mu.Unlock()
	switch {
	case !changed:
	case err != nil:
		p.logger.Warn("health check fails", "check", p.check.Name, "required", p.check.Required, "error", err)
	default:
		p.logger.Info("health check works again", "check", p.check.Name)
	}
}

// reason returns the short words for err that anybody may read.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return "not working"
}
