package trino

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

var (
	errAnswer       = errors.New("the answer is no page of a result of this server")
	errPageTooLarge = errors.New("a page of the answer is too large")
)

// errand is one question on its way, carried by the contexts of its requests.
type errand struct {
	credential Credential

	mu      sync.Mutex
	queryID string
	nextURI string // empty once the server has nothing more to say
}

type errandKey struct{}

func (e *errand) into(ctx context.Context) context.Context {
	return context.WithValue(ctx, errandKey{}, e)
}

// turn notes where the question has got to.
func (e *errand) turn(queryID, nextURI string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queryID, e.nextURI = queryID, nextURI
}

// place returns where the question has got to.
func (e *errand) place() (queryID, nextURI string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queryID, e.nextURI
}

// wire stands between the driver and the network: it signs each request, keeps it on the one server,
// bounds each page and notes where each question has got to.
type wire struct {
	base    http.RoundTripper
	maxPage int64
	server  *url.URL
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	errand, ok := request.Context().Value(errandKey{}).(*errand)
	if !ok || origin(request.URL) != origin(w.server) {
		// A page may name any address as the next one; the credential goes to the server alone.
		return nil, refuse(request)
	}
	if request.Method == http.MethodDelete && strings.HasPrefix(request.URL.Path, "/v1/query/") {
		// The driver cancels by this door on some of its ways out only. Query cancels on all of them, by
		// the next page, which needs no right to kill queries.
		return gone(request), refuseBody(request)
	}
	signed := request.Clone(request.Context())
	errand.credential.sign(signed.Header)
	// Without it the server answers in plain pages. Spooled segments would come from other addresses
	// and be fetched by goroutines that outlive the question; a bounded answer gains nothing by them.
	signed.Header.Del("X-Trino-Query-Data-Encoding")
	response, err := w.base.RoundTrip(signed)
	if err != nil || response.StatusCode != http.StatusOK || request.Method == http.MethodDelete {
		return response, err
	}
	return w.page(request, response, errand)
}

// origin is what two URLs of one server have in common, however they are written.
func origin(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return u.Scheme + "://" + strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// page reads a page whole, so that one that breaks off is asked for again and not half believed.
func (w *wire) page(request *http.Request, response *http.Response, errand *errand) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, w.maxPage+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	if int64(len(body)) > w.maxPage {
		return nil, errPageTooLarge
	}
	if strings.HasPrefix(request.URL.Path, "/v1/statement") {
		var page struct {
			ID      string `json:"id"`
			NextURI string `json:"nextUri"`
		}
		// The driver takes a page without an id for the end of the rows.
		if err := json.Unmarshal(body, &page); err != nil || page.ID == "" {
			return nil, errAnswer
		}
		errand.turn(page.ID, page.NextURI)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// refuse closes a request's body, as a RoundTripper must, and says that the request was not sent.
func refuse(request *http.Request) error { return errors.Join(errAnswer, refuseBody(request)) }

func refuseBody(request *http.Request) error {
	if request.Body == nil {
		return nil
	}
	return request.Body.Close()
}

func gone(request *http.Request) *http.Response {
	return &http.Response{
		StatusCode: http.StatusNoContent,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{},
		Body:    http.NoBody,
		Request: request,
	}
}
