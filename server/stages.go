package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// stage is a part of the system that runs until its context ends.
type stage struct {
	name string
	run  func(ctx context.Context) error
}

// runStages starts the stages in order. When ctx ends, or when a stage ends by itself, it stops them
// in the opposite order, each only after the one before it has ended: whoever asks stops before who
// answers, so that nothing that was accepted is lost. It gives up waiting after the patience.
func runStages(ctx context.Context, logger *slog.Logger, patience time.Duration, stages []stage) error {
	type running struct {
		stage
		cancel context.CancelFunc
		done   chan error
	}
	ended := make(chan string, len(stages))
	var started []running
	for _, s := range stages {
		stageCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		r := running{stage: s, cancel: cancel, done: make(chan error, 1)}
		started = append(started, r)
		go func() {
			err := s.run(stageCtx)
			if err != nil {
				err = fmt.Errorf("%s: %w", s.name, err)
			}
			r.done <- err
			ended <- s.name
		}()
	}
	select {
	case <-ctx.Done():
		logger.Info("shutting down")
	case name := <-ended:
		logger.Error("a part has ended by itself; shutting down", "part", name)
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	var errs []error
	for _, r := range slices.Backward(started) {
		r.cancel()
		select {
		case err := <-r.done:
			errs = append(errs, err)
		case <-timeout.C:
			return errors.Join(append(errs, fmt.Errorf("%s did not end within %s", r.name, patience))...)
		}
	}
	return errors.Join(errs...)
}
