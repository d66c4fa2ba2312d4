package llm

import (
	"fmt"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Kinds of failure, for [errors.Is]. Each carries the fault that a client is answered with when
// nobody handles it: UNAVAILABLE unless said otherwise.
var (
	// ErrUnavailable: the provider cannot be reached, or is out of order.
	ErrUnavailable = kind("unavailable", "the provider is out of reach or out of order", fault.Unavailable)
	// ErrRateLimited: the provider wants fewer requests or tokens. RATE_LIMITED, with the provider's own
	// Retry-After when it named one.
	ErrRateLimited = kind("rate_limited", "the provider wants less", fault.RateLimited)
	// ErrTimeout: the model took too long to begin, to go on or to end, or the caller's deadline came.
	ErrTimeout = kind("timeout", "the model took too long", fault.Unavailable)
	// ErrTooLong: the conversation is longer than the model can read. INVALID_ARGUMENT.
	ErrTooLong = kind("too_long", "the conversation is too long for the model", fault.InvalidArgument)
	// ErrRefused: a filter of the provider kept back the whole answer. INVALID_ARGUMENT.
	ErrRefused = kind("refused", "the provider's filter refused", fault.InvalidArgument)
	// ErrMisconfigured: the provider does not accept the key, the model or the form of the request.
	ErrMisconfigured = kind("misconfigured", "the provider does not accept the key, the model or the request", fault.Unavailable)
	// ErrBroken: the answer ended early, failed on the way, or is not what was asked for.
	ErrBroken = kind("broken", "the answer is broken", fault.Unavailable)
	// ErrBreakerOpen: the provider failed too often and is not asked for a while.
	ErrBreakerOpen = kind("breaker_open", "the provider is left alone for a while", fault.Unavailable)
)

// sentinel is a kind of failure.
type sentinel struct {
	label string // for metrics
	text  string
	fault *fault.Error
}

func kind(label, text string, f *fault.Error) *sentinel {
	return &sentinel{label: label, text: text, fault: f}
}

// Error implements error.
func (s *sentinel) Error() string { return "llm: " + s.text }

// Unwrap returns the fault of the kind.
func (s *sentinel) Unwrap() error { return s.fault }

// failure is one failure of a kind. Its words are ours alone: what a provider writes may repeat the
// prompt.
type failure struct {
	kind   *sentinel
	detail string        // such as "HTTP 503"
	after  time.Duration // the provider's Retry-After, zero when it named none
	cause  error         // of the network, or of the context
	// settled holds when asking again would not help, and says nothing about the provider's health.
	settled bool
}

func failed(kind *sentinel, detail string, args ...any) *failure {
	return &failure{kind: kind, detail: fmt.Sprintf(detail, args...)}
}

func (f *failure) by(cause error) *failure            { f.cause = cause; return f }
func (f *failure) later(after time.Duration) *failure { f.after = after; return f }
func (f *failure) final() *failure                    { f.settled = true; return f }

// Error implements error.
func (f *failure) Error() string {
	text := f.kind.Error()
	if f.detail != "" {
		text += " (" + f.detail + ")"
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

// Is reports whether target is the kind of the failure.
func (f *failure) Is(target error) bool { return target == error(f.kind) }

// Unwrap returns the fault of the kind, with the time to come back and the cause.
func (f *failure) Unwrap() error { return f.kind.fault.After(f.after).Wrap(f.cause) }

// again reports whether the same request may succeed when it is sent once more.
func (f *failure) again() bool {
	return !f.settled && (f.kind == ErrUnavailable || f.kind == ErrRateLimited || f.kind == ErrBroken)
}

// blamed reports whether the failure is one of the provider's health.
func (f *failure) blamed() bool {
	return !f.settled && (f.kind == ErrUnavailable || f.kind == ErrTimeout || f.kind == ErrBroken)
}
