package ga4

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// What can go wrong, for [errors.Is]. Each error carries a fault too: UNAVAILABLE for the first four,
// INTERNAL for a refusal, whose cause is our report, and INVALID_ARGUMENT for too many rows. None
// repeats a credential or a row.
var (
	// ErrUnavailable: no answer of GA4, or no useful one, after every attempt.
	ErrUnavailable = errors.New("ga4: unavailable")
	// ErrTimeout: no answer in time. It is context.DeadlineExceeded too.
	ErrTimeout = errors.New("ga4: no answer in time")
	// ErrQuota: the property's quota is used up. The fault tells when to come back, where GA4 does.
	ErrQuota = errors.New("ga4: the quota is used up")
	// ErrCredentials: GA4 or its token endpoint does not let this credential ask.
	ErrCredentials = errors.New("ga4: the credential is refused")
	// ErrRefused: GA4 does not answer this report. [RefusedError] tells why.
	ErrRefused = errors.New("ga4: the report is refused")
	// ErrTooManyRows: the answer has more rows, or longer ones, than the client takes.
	ErrTooManyRows = errors.New("ga4: the answer is too large")
)

// maxMessage bounds what a log keeps of Google's words, in bytes.
const maxMessage = 300

// RefusedError is what GA4 says of a report that it refuses. It is [ErrRefused].
type RefusedError struct {
	// Status is Google's name, such as INVALID_ARGUMENT.
	Status string
	// Message is in Google's words, at most 300 bytes. It is for logs: it names fields of the report.
	Message string
}

// Error returns the status and the message.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrRefused, e.Status, e.Message)
}

// Unwrap returns ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

// failed returns an error of kind, with its fault and with words for the log.
func failed(kind error, words string) error {
	cause := fmt.Errorf("%w: %s", kind, words)
	if errors.Is(kind, ErrTooManyRows) {
		return fault.InvalidArgument.Wrap(cause)
	}
	return fault.Unavailable.Wrap(cause)
}

// refusal is the JSON of an answer that is no report.
type refusal struct {
	Error struct {
		Message string `json:"message"`
		Status  string `json:"status"`
		Details []struct {
			RetryDelay string `json:"retryDelay"` // of a google.rpc.RetryInfo
		} `json:"details"`
	} `json:"error"`
}

// refused reads an answer that is no report.
func refused(response *http.Response, body []byte) error {
	var said refusal
	_ = json.Unmarshal(body, &said) // proxies answer in HTML: the status says enough
	words := fmt.Sprintf("status %d", response.StatusCode)
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests:
		return fault.Unavailable.Wrap(fmt.Errorf("%w: %s", ErrQuota, words)).After(retryAfter(response, &said))
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return failed(ErrCredentials, words)
	case status >= 400 && status < 500:
		message := said.Error.Message
		if len(message) > maxMessage {
			message = strings.ToValidUTF8(message[:maxMessage], "")
		}
		return fault.Internal.Wrap(&RefusedError{Status: said.Error.Status, Message: message})
	}
	return failed(ErrUnavailable, words)
}

// retryAfter returns when GA4 wants to be asked again, or zero when it does not say.
func retryAfter(response *http.Response, said *refusal) time.Duration {
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	for _, detail := range said.Error.Details {
		if delay, err := time.ParseDuration(detail.RetryDelay); err == nil && delay > 0 {
			return delay
		}
	}
	return 0
}

// ended says how ctx ended, and otherwise returns err.
func ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fault.Unavailable.Wrap(fmt.Errorf("%w: %w", ErrTimeout, context.DeadlineExceeded))
	}
	return err
}

// broken is an error of the network, in words that quote no request.
func broken(err error) error {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		return failed(ErrUnavailable, dial.Error())
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", failed(ErrUnavailable, "no answer in time"), context.DeadlineExceeded)
	}
	return failed(ErrUnavailable, "the connection broke")
}
