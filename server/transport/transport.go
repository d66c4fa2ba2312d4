// Package transport carries GraphQL operations over HTTP, Server-Sent Events and
// WebSocket into gqlgen's executor and their answers back.
//
// It replaces the transports that come with gqlgen, because the protocols ask for more than
// those do: exact status and close codes, limits on whatever a client can send, and a clean
// end of every live stream when the process stops.
//
// Register the transports in the order [WebSocket], [SSE], [HTTP]: a server takes the first
// that supports a request, and HTTP supports each one, so that there is always an answer.
//
// Sources: GraphQL specification (September 2025), GraphQL over HTTP (draft of 2025),
// graphql-transport-ws (PROTOCOL.md of graphql-ws), the distinct connections mode of
// graphql-sse (its PROTOCOL.md), RFC 6455 (WebSocket) and the HTML standard §9.2 (SSE).
package transport

import (
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Values of `extensions.code` in the errors that the transports make themselves. Errors of
// parsing and validation carry gqlgen's GRAPHQL_PARSE_FAILED and GRAPHQL_VALIDATION_FAILED.
const (
	CodeInvalidArgument = string(fault.CodeInvalidArgument)
	CodeRateLimited     = string(fault.CodeRateLimited)
	CodeUnavailable     = string(fault.CodeUnavailable)
	CodeUnauthenticated = string(fault.CodeUnauthenticated)
	CodeForbidden       = string(fault.CodeForbidden)
	CodeInternal        = string(fault.CodeInternal)
)

// ExtensionRetryAfter is the key in an error's extensions that tells, as a number of seconds,
// when the same request may succeed. It becomes the Retry-After header of an HTTP answer
// whose status is 429 or 503.
const ExtensionRetryAfter = "retryAfter"

// ExtensionDocumentID is the key under which a request's `documentId` parameter is found in
// [graphql.RawParams.Extensions]: gqlgen has no field for it.
const ExtensionDocumentID = "documentId"

const (
	// defaultMaxMessage bounds a request body and a WebSocket message, in bytes.
	defaultMaxMessage = 1 << 20
	// drainRetryAfter is what a client is told to wait, in seconds, when this process is
	// about to end. Another replica can answer at once; a restart takes a moment.
	drainRetryAfter = 2
	// crowdRetryAfter is what a client with too many streams is told to wait, in seconds.
	crowdRetryAfter = 10
)

// refusal is a request that is turned away before it reaches the executor.
type refusal struct {
	status  int // HTTP status; not used by WebSocket
	code    string
	message string
	header  http.Header // HTTP headers that belong to the status, such as Allow
}

// refuse returns a refusal of a badly formed request.
func refuse(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: CodeInvalidArgument, message: message}
}

// with returns r with an HTTP header added.
func (r *refusal) with(key, value string) *refusal {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Add(key, value)
	return r
}

// list returns the refusal as GraphQL errors.
func (r *refusal) list() gqlerror.List {
	err := gqlerror.Errorf("%s", r.message)
	errcode.Set(err, r.code)
	if after, convErr := strconv.Atoi(r.header.Get("Retry-After")); convErr == nil {
		err.Extensions[ExtensionRetryAfter] = after
	}
	return gqlerror.List{err}
}

// unavailable is the refusal of new work while the process ends.
func unavailable() *refusal {
	r := &refusal{
		status:  http.StatusServiceUnavailable,
		code:    CodeUnavailable,
		message: "This server is restarting. Try again in a moment.",
	}
	return r.with("Retry-After", strconv.Itoa(drainRetryAfter))
}

// crowded is the refusal of one stream too many of the same client.
func crowded() *refusal {
	r := &refusal{
		status:  http.StatusTooManyRequests,
		code:    CodeRateLimited,
		message: "Too many streams are open from this address: close one first.",
	}
	return r.with("Retry-After", strconv.Itoa(crowdRetryAfter))
}

var (
	_ graphql.Transport = HTTP{}
	_ graphql.Transport = SSE{}
	_ graphql.Transport = WebSocket{}
)
