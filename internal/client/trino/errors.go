package trino

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	driverpkg "github.com/trinodb/trino-go-client/trino"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// What can go wrong, for [errors.Is]. Each error carries a fault too: UNAVAILABLE for the first three,
// INTERNAL for a refusal, whose cause is our statement, and INVALID_ARGUMENT for too many rows. None
// repeats the statement, its arguments, a row or a credential.
var (
	// ErrUnavailable: no answer of the server, or no useful one, after every attempt.
	ErrUnavailable = errors.New("trino: unavailable")
	// ErrTimeout: no answer in time. It is context.DeadlineExceeded too.
	ErrTimeout = errors.New("trino: no answer in time")
	// ErrCredentials: the server does not let this credential ask (401, 403).
	ErrCredentials = errors.New("trino: the credential is refused")
	// ErrRefused: the server does not answer this statement. [QueryError] tells why.
	ErrRefused = errors.New("trino: the statement is refused")
	// ErrTooManyRows: the answer has more rows, or longer ones, than the client takes.
	ErrTooManyRows = errors.New("trino: the answer is too large")
)

// QueryError is what Trino says of a statement that failed, without its message, which quotes the
// statement and the data. It is [ErrRefused], or another of the kinds where its name says so.
type QueryError struct {
	// Name, Type and Code are Trino's errorName, errorType and errorCode, such as SYNTAX_ERROR,
	// USER_ERROR and 1.
	Name, Type string
	Code       int
	// QueryID is where the server's operator finds the message.
	QueryID string
	kind    error
}

// Error returns the names and the id.
func (e *QueryError) Error() string {
	return fmt.Sprintf("%v: %s (%s %d) in query %s", e.kind, e.Name, e.Type, e.Code, e.QueryID)
}

// Unwrap returns the kind of the error.
func (e *QueryError) Unwrap() error { return e.kind }

// kinds are the names by which Trino says that it, and not the statement, is at fault
// (StandardErrorCode of Trino's SPI).
var kinds = map[string]error{
	"ABANDONED_QUERY":                ErrUnavailable,
	"CLUSTER_OUT_OF_MEMORY":          ErrUnavailable,
	"EXCEEDED_TIME_LIMIT":            ErrTimeout,
	"NO_NODES_AVAILABLE":             ErrUnavailable,
	"PAGE_TRANSPORT_ERROR":           ErrUnavailable,
	"PAGE_TRANSPORT_TIMEOUT":         ErrUnavailable,
	"QUERY_QUEUE_FULL":               ErrUnavailable,
	"REMOTE_HOST_GONE":               ErrUnavailable,
	"REMOTE_TASK_ERROR":              ErrUnavailable,
	"SERVER_SHUTTING_DOWN":           ErrUnavailable,
	"SERVER_STARTING_UP":             ErrUnavailable,
	"TOO_MANY_REQUESTS_FAILED":       ErrUnavailable,
	"WORKER_NODE_VERSION_TOO_OLD":    ErrUnavailable,
	"NODE_STATE_NOT_ACTIVE":          ErrUnavailable,
	"INVALID_RESOURCE_GROUP_STATE":   ErrUnavailable,
	"EXCHANGE_MANAGER_NOT_AVAILABLE": ErrUnavailable,
}

// failed returns an error of kind, with its fault and with words for the log.
func failed(kind error, words string) error { return faultOf(kind, fmt.Errorf("%w: %s", kind, words)) }

// faultOf gives cause, which is of kind, the fault that goes with it.
func faultOf(kind, cause error) error {
	switch {
	case errors.Is(kind, ErrRefused):
		return fault.Internal.Wrap(cause)
	case errors.Is(kind, ErrTooManyRows):
		return fault.InvalidArgument.Wrap(cause)
	}
	return fault.Unavailable.Wrap(cause)
}

// explain turns what the driver says into an error of ours. ctx is that of who asks: when it has been
// cancelled, that is all there is to say.
func explain(ctx context.Context, err error, queryID string) error {
	var query *driverpkg.ErrTrino
	var answer *driverpkg.ErrQueryFailed
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return faultOf(ErrTimeout, fmt.Errorf("%w: %w", ErrTimeout, context.DeadlineExceeded))
	case errors.Is(err, errPageTooLarge):
		return failed(ErrTooManyRows, errPageTooLarge.Error())
	case errors.As(err, &query):
		return refused(query, queryID)
	case errors.Is(err, driverpkg.ErrQueryCancelled):
		return refused(&driverpkg.ErrTrino{ErrorName: "USER_CANCELLED"}, queryID)
	case errors.As(err, &answer) && answer.StatusCode != 0:
		return failed(kindOf(answer.StatusCode), fmt.Sprintf("status %d", answer.StatusCode))
	}
	return failed(ErrUnavailable, network(err))
}

func refused(said *driverpkg.ErrTrino, queryID string) error {
	kind := kinds[said.ErrorName]
	switch {
	case kind != nil:
	case said.ErrorType == "INSUFFICIENT_RESOURCES", said.ErrorType == "EXTERNAL": // what Trino itself stands on
		kind = ErrUnavailable
	default:
		kind = ErrRefused
	}
	return faultOf(kind, &QueryError{Name: said.ErrorName, Type: said.ErrorType, Code: said.ErrorCode, QueryID: queryID, kind: kind})
}

// kindOf reads the status of an answer that is no page.
func kindOf(status int) error {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ErrCredentials
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusTooManyRequests:
		return ErrUnavailable // a coordinator that has forgotten the query, or is asked too much
	case status >= 400 && status < 500:
		return ErrRefused
	}
	return ErrUnavailable
}

// network returns the words of an error that may be shown to operators: those of the network and of
// ours. Any other may quote a row or the URL of a page.
func network(err error) string {
	var sent *url.Error
	if errors.As(err, &sent) {
		err = sent.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		return dial.Error()
	}
	if errors.Is(err, errAnswer) {
		return errAnswer.Error()
	}
	return "the connection broke"
}
