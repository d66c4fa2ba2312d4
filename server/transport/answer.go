package transport

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// statusOfCode returns the HTTP status of an answer without data whose error has the code, and
// 400 for codes that mean nothing more than a wrong request (GraphQL over HTTP §6.4.2).
func statusOfCode(code string) int {
	switch code {
	case CodeUnauthenticated:
		return http.StatusUnauthorized
	case CodeForbidden:
		return http.StatusForbidden
	case CodeRateLimited:
		return http.StatusTooManyRequests
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	case CodeInternal:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// statusOf returns the HTTP status of an answer. Under the legacy type application/json a
// well-formed request is answered with 200 whatever came of it, except where a proxy or a
// client must react before it reads the body: 429.
func statusOf(media string, resp *graphql.Response) int {
	if len(resp.Data) > 0 || len(resp.Errors) == 0 {
		return http.StatusOK
	}
	status := http.StatusBadRequest
	for _, err := range resp.Errors {
		if status = statusOfCode(codeOf(err)); status != http.StatusBadRequest {
			break
		}
	}
	if media == mediaJSON && status != http.StatusTooManyRequests {
		return http.StatusOK
	}
	return status
}

func codeOf(err *gqlerror.Error) string {
	code, _ := err.Extensions["code"].(string)
	return code
}

// retryAfter returns the longest wait that the errors ask for, in whole seconds, and 0 when
// none does.
func retryAfter(errs gqlerror.List) int {
	longest := 0.0
	for _, err := range errs {
		switch n := err.Extensions[ExtensionRetryAfter].(type) {
		case int:
			longest = max(longest, float64(n))
		case int64:
			longest = max(longest, float64(n))
		case float64:
			longest = max(longest, n)
		case json.Number:
			if f, convErr := n.Float64(); convErr == nil {
				longest = max(longest, f)
			}
		}
	}
	return int(math.Ceil(min(longest, math.MaxInt32)))
}

// setCommonHeaders sets what every answer carries: it is for one client at one moment, and is
// never anything but what its Content-Type says.
func setCommonHeaders(h http.Header) {
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = nosniff
}

// Values of headers that all answers share; whoever adds to one gets a copy.
var (
	noStore = []string{"no-store"}
	nosniff = []string{"nosniff"}
)

// writeResponse writes resp as the answer to a request. A status of 0 is derived from resp.
func writeResponse(w http.ResponseWriter, media string, status int, resp *graphql.Response) {
	if status == 0 {
		status = statusOf(media, resp)
	}
	buf := takeBuffer()
	defer buf.release()
	buf.b = encode(buf.b, resp)

	h := w.Header()
	setCommonHeaders(h)
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(buf.b)))
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		if seconds := retryAfter(resp.Errors); seconds > 0 {
			h.Set("Retry-After", strconv.Itoa(seconds))
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(buf.b) // the client may be gone; there is nobody left to tell
}

// writeRefusal answers a request that the executor never saw, through the executor's error
// handling so that the errors look like all others.
func writeRefusal(
	w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, media string, refused *refusal,
) {
	for key, values := range refused.header {
		w.Header()[key] = values
	}
	writeResponse(w, media, refused.status, dispatchError(r.Context(), exec, refused.list()))
}
