// Package ga4 asks the analysis API of Google Analytics 4 for rows: one report goes out, and its rows
// come back one at a time and bounded in number, page after page. It holds Google's bound of requests
// at a time for each property, and its faults say what is wrong; no credential is in any of them.
package ga4

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// apiURL and tokenURL are Google's own.
	apiURL   = "https://analyticsdata.googleapis.com"
	tokenURL = "https://oauth2.googleapis.com/token" //nolint:gosec // an address, not a secret

	defaultMaxRows      = 10_000
	defaultMaxPageBytes = 32 << 20
	defaultPageRows     = 10_000
	defaultAttempts     = 3
	defaultTimeout      = time.Minute
	// defaultAtOnce is Google's bound for standard properties
	// (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas).
	defaultAtOnce = 10
)

// Options say where GA4 is, and how much it may answer. None is needed.
type Options struct {
	// URL is the API's address. Defaults to Google's.
	URL string
	// TokenURL is where service accounts get their tokens. Defaults to Google's.
	TokenURL string
	// HTTP sends the requests; its redirects are not followed. Defaults to a client of its own.
	HTTP *http.Client
	// MaxRows bounds the rows of an answer. Defaults to 10,000.
	MaxRows int
	// PageRows is how many rows are asked for at a time. Defaults to 10,000; Google allows 250,000.
	PageRows int
	// MaxPageBytes bounds one page of an answer, unpacked. Defaults to 32 MiB.
	MaxPageBytes int64
	// Attempts is how often one request is sent before a server that answers 500 to 504, or not at all,
	// counts as unavailable. Defaults to 3: a property's quota is ten such answers an hour.
	Attempts int
	// AtOnce bounds the requests under way to one property. Defaults to 10, and is 50 for properties of
	// Analytics 360. Each process counts for itself.
	AtOnce int
	// Timeout bounds a report from its first request to its last row. Defaults to a minute.
	Timeout time.Duration
}

// Client asks GA4 on behalf of one credential. It may be used by many at once.
type Client struct {
	attempts   int
	base       *url.URL
	credential Credential
	gate       *gate
	http       *http.Client
	idle       func()
	maxPage    int64
	maxRows    int64
	pageRows   int64
	timeout    time.Duration
	tokens     *purse
}

// New returns a client that asks as nobody: see [Client.As]. It asks nothing yet.
func New(o Options) (*Client, error) {
	base, err := address(o.URL, apiURL)
	if err != nil {
		return nil, fmt.Errorf("ga4: URL: %w", err)
	}
	tokens, err := address(o.TokenURL, tokenURL)
	if err != nil {
		return nil, fmt.Errorf("ga4: TokenURL: %w", err)
	}
	c := &Client{
		attempts: positive(o.Attempts, defaultAttempts),
		base:     base,
		gate:     newGate(positive(o.AtOnce, defaultAtOnce)),
		idle:     func() {},
		maxPage:  positive(o.MaxPageBytes, defaultMaxPageBytes),
		maxRows:  int64(positive(o.MaxRows, defaultMaxRows)),
		pageRows: int64(positive(o.PageRows, defaultPageRows)),
		timeout:  positive(o.Timeout, defaultTimeout),
	}
	c.dial(o.HTTP)
	if c.tokens, err = newPurse(c.http.Transport, tokens.String()); err != nil {
		return nil, fmt.Errorf("ga4: %w", err)
	}
	return c, nil
}

// dial makes the HTTP client that everything goes through.
func (c *Client) dial(given *http.Client) {
	client := &http.Client{}
	standard, ok := http.DefaultTransport.(*http.Transport)
	switch {
	case given != nil:
		*client = *given
	case ok:
		own := standard.Clone()
		client.Transport, c.idle = own, own.CloseIdleConnections
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = client
}

// As returns a client that asks on behalf of credential, such as a store's own. It shares the
// connections, the tokens and the bounds of c, and needs no Close.
func (c *Client) As(credential Credential) *Client {
	as := *c
	as.credential = credential
	return &as
}

// Close lets go of idle connections. Reports that are under way go on.
func (c *Client) Close() error {
	c.idle()
	return nil
}

// address reads text, or otherwise when it is empty. Tokens travel in the clear within this machine only.
func address(text, otherwise string) (*url.URL, error) {
	if text == "" {
		text = otherwise
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.User != nil {
		return nil, errors.New("this is not https://host[:port][/path]")
	}
	host := net.ParseIP(parsed.Hostname())
	if parsed.Scheme != "https" && (parsed.Scheme != "http" || host == nil || !host.IsLoopback()) {
		return nil, errors.New("tokens need https")
	}
	return parsed, nil
}

func positive[N int | int64 | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}
