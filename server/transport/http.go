package transport

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// HTTP answers one query or mutation per request as the GraphQL over HTTP draft describes:
// POST with a JSON body, and GET for queries.
//
// # Requests from other sites
//
// A browser sends some requests to us on behalf of any page, with our cookies and without
// asking first (the Fetch standard's "CORS-safelisted" ones). Two rules keep them harmless.
// A POST is executed only when its Content-Type is application/json, which no page can send
// without a preflight; forms, multipart and text/plain are refused. A GET is executed without
// further signs, because it can only be a query: queries change nothing, the browser hides the
// answer from the page unless CORS allows it, nosniff keeps it from being run as a script, and
// mutations are refused with 405 before they start.
type HTTP struct {
	// MaxBody bounds a request body and a query string, in bytes; more is answered with 413.
	// Defaults to 1 MiB.
	MaxBody int64
}

// allowedMethods is the value of the Allow header.
const allowedMethods = "GET, POST, OPTIONS"

// Supports is true for every request: register HTTP last.
func (HTTP) Supports(*http.Request) bool { return true }

// Do answers one request.
func (t HTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	switch r.Method {
	case http.MethodGet, http.MethodPost:
	case http.MethodOptions:
		setCommonHeaders(w.Header())
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		writeRefusal(w, r, exec, mediaJSON, (&refusal{
			status:  http.StatusMethodNotAllowed,
			code:    CodeInvalidArgument,
			message: "Use POST, or GET for queries.",
		}).with("Allow", allowedMethods))
		return
	}
	media, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		writeRefusal(w, r, exec, mediaJSON, &refusal{
			status:  http.StatusNotAcceptable,
			code:    CodeInvalidArgument,
			message: "Answers are " + mediaResponse + " or " + mediaJSON + ".",
		})
		return
	}
	params, refused := readParams(w, r, t.MaxBody)
	if refused != nil {
		writeRefusal(w, r, exec, media, refused)
		return
	}
	t.execute(w, r, exec, media, params)
}

// execute runs one operation and writes its answer.
func (t HTTP) execute(
	w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, media string, params *graphql.RawParams,
) {
	opCtx, refused := prepare(r.Context(), exec, params)
	if refused != nil {
		writeResponse(w, media, 0, refused)
		return
	}
	if r.Method == http.MethodGet && opCtx.Operation.Operation == ast.Mutation {
		writeRefusal(w, r, exec, media, mutationByGet())
		return
	}
	if opCtx.Operation.Operation == ast.Subscription {
		writeResponse(w, media, 0, refuseOperation(r.Context(), exec, opCtx,
			"Subscriptions need a stream: use WebSocket (graphql-transport-ws) or Accept: text/event-stream."))
		return
	}
	if defers(opCtx) {
		writeResponse(w, media, 0, refuseOperation(r.Context(), exec, opCtx,
			"@defer needs a stream: use WebSocket (graphql-transport-ws) or Accept: text/event-stream."))
		return
	}
	resp, _ := dispatch(r.Context(), exec, opCtx)()
	if resp == nil { // the request's context has ended, so gqlgen did not even begin
		writeRefusal(w, r, exec, media, &refusal{
			status:  http.StatusServiceUnavailable,
			code:    CodeUnavailable,
			message: "The operation did not run in time.",
		})
		return
	}
	writeResponse(w, media, 0, resp)
}

// mutationByGet refuses a mutation that came by GET (GraphQL over HTTP §5.3).
func mutationByGet() *refusal {
	return (&refusal{
		status:  http.StatusMethodNotAllowed,
		code:    CodeInvalidArgument,
		message: "Mutations must use POST.",
	}).with("Allow", http.MethodPost)
}

// readParams reads the operation out of a GET or POST request. Text beyond maxBody bytes (0 for
// the default) is refused; nothing that was read is ever repeated in an error.
func readParams(w http.ResponseWriter, r *http.Request, maxBody int64) (*graphql.RawParams, *refusal) {
	maxBody = orDefault(maxBody, defaultMaxMessage)
	start := graphql.Now()
	var params *graphql.RawParams
	var refused *refusal
	switch {
	case r.Method == http.MethodPost:
		params, refused = readBody(w, r, maxBody)
	case int64(len(r.URL.RawQuery)) > maxBody:
		refused = tooLarge(maxBody)
	default:
		params, refused = parseQueryString(r.URL.RawQuery)
	}
	if refused != nil {
		return nil, refused
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

func readBody(w http.ResponseWriter, r *http.Request, maxBody int64) (*graphql.RawParams, *refusal) {
	if !isJSONBody(r.Header.Get("Content-Type")) {
		return nil, (&refusal{
			status:  http.StatusUnsupportedMediaType,
			code:    CodeInvalidArgument,
			message: "The Content-Type must be application/json in UTF-8.",
		}).with("Accept-Post", mediaJSON)
	}
	// A compressed body could unfold to any size, and no GraphQL client compresses requests.
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, (&refusal{
			status:  http.StatusUnsupportedMediaType,
			code:    CodeInvalidArgument,
			message: "The body must not be compressed.",
		}).with("Accept-Encoding", "identity")
	}
	buf := takeBuffer()
	defer buf.release()
	var err error
	buf.b, err = readAll(buf.b, http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, tooLarge(maxBody)
	}
	if err != nil {
		return nil, refuse("The request body could not be read.")
	}
	return parseParams(buf.b)
}

// readAll appends everything that r holds to dst. The announced length is not trusted: memory
// grows with what arrives.
func readAll(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, 512)
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

func tooLarge(limit int64) *refusal {
	return &refusal{
		status:  http.StatusRequestEntityTooLarge,
		code:    CodeInvalidArgument,
		message: "The request is larger than " + strconv.FormatInt(limit, 10) + " bytes.",
	}
}
