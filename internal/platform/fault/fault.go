// Package fault is the error vocabulary of Moa: every error that a client may see
// is an [*Error] with a stable [Code]. Anything else is INTERNAL and is masked.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Code is the stable, machine-readable name of an error. Codes never change; words do.
type Code string

// Codes of faults that speak of the request and not of the business. They appear
// in `extensions.code` of a top-level GraphQL error.
const (
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	CodeForbidden       Code = "FORBIDDEN"
	CodeRateLimited     Code = "RATE_LIMITED"
	CodeInvalidArgument Code = "INVALID_ARGUMENT"
	CodeUnavailable     Code = "UNAVAILABLE"
	CodeInternal        Code = "INTERNAL"
)

// Faults of the request. Add a cause with [Error.Wrap] and a place with [Error.At].
var (
	Unauthenticated = &Error{Code: CodeUnauthenticated}
	Forbidden       = &Error{Code: CodeForbidden}
	RateLimited     = &Error{Code: CodeRateLimited}
	InvalidArgument = &Error{Code: CodeInvalidArgument}
	Unavailable     = &Error{Code: CodeUnavailable}
	Internal        = &Error{Code: CodeInternal}
)

// Error is a fault with a stable code. Two faults are the same to [errors.Is] when
// their codes are, so a sentinel matches each of its decorated copies.
type Error struct {
	// Code names the fault.
	Code Code
	// Field is the path inside the mutation's input that is at fault, outermost name first.
	Field []string
	// Words is the key of the message in the catalogues, where the code's own says too little.
	Words string
	// Args fill the placeholders of the message.
	Args []any
	// RetryAfter tells when the same request may succeed; zero when unknown.
	RetryAfter time.Duration

	business bool
	cause    error
}

// Business declares a fault of the business: a rule refused the change. It reaches the
// client as a UserError inside the payload. Call it once for each code, in a package-level
// variable beside the noun: `var ErrSoldOut = fault.Business("COUPON_SOLD_OUT")`.
func Business(code Code) *Error {
	registry.Lock()
	defer registry.Unlock()
	registry.codes = append(registry.codes, code)
	return &Error{Code: code, business: true}
}

// registry remembers the declared business codes, so that a test can hold the schema's
// enum and the message catalogues complete.
var registry struct {
	sync.Mutex
	codes []Code
}

// BusinessCodes returns every code declared by [Business], sorted, repetitions kept
// (a repetition is a mistake that a test finds).
func BusinessCodes() []Code {
	registry.Lock()
	defer registry.Unlock()
	codes := slices.Clone(registry.codes)
	slices.Sort(codes)
	return codes
}

// Error returns the code, the place and the cause: words for logs, never for clients.
func (e *Error) Error() string {
	text := string(e.Code)
	if len(e.Field) > 0 {
		text += fmt.Sprintf(" at %v", e.Field)
	}
	if len(e.Args) > 0 {
		text += fmt.Sprintf(" %v", e.Args)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is a fault of the same code.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// IsBusiness reports whether the fault belongs into a payload's userErrors.
func (e *Error) IsBusiness() bool { return e.business }

// At returns a copy that names the input field at fault.
func (e *Error) At(field ...string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Saying returns a copy whose message is what the catalogues say at key, in place of the code's.
func (e *Error) Saying(key string) *Error {
	c := *e
	c.Words = key
	return &c
}

// With returns a copy whose message is filled with args.
func (e *Error) With(args ...any) *Error {
	c := *e
	c.Args = args
	return &c
}

// Wrap returns a copy that carries cause for the logs.
func (e *Error) Wrap(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// After returns a copy that tells when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// From returns the fault inside err. An error without one becomes [Internal] with err as
// its cause; From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return Internal.Wrap(err)
}

// List is several business faults found at once, such as every wrong field of one input.
type List []*Error

// Error joins the texts of the faults.
func (l List) Error() string { return errors.Join(l.Unwrap()...).Error() }

// Unwrap returns the faults.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, f := range l {
		errs[i] = f
	}
	return errs
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// BusinessOf returns the business faults inside err, in order, and nil when err holds none.
func BusinessOf(err error) []*Error {
	var list List
	if errors.As(err, &list) {
		return list
	}
	var f *Error
	if errors.As(err, &f) && f.business {
		return []*Error{f}
	}
	return nil
}
