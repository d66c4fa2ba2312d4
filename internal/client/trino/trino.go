// Package trino asks a Trino server for rows: a statement and its arguments go out, rows come back one
// at a time and bounded in number. It stands on trino-go-client, and adds what that driver leaves open:
// bounds on what is read, a cancel that always reaches the server, credentials for each call that are
// in no error and no log, and faults that say what is wrong.
package trino

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	driverpkg "github.com/trinodb/trino-go-client/trino"
)

const (
	defaultMaxRows      = 10_000
	defaultMaxPageBytes = 32 << 20
	defaultAttempts     = 6
	defaultTimeout      = time.Minute
)

// Options say which server is asked, and how much it may answer.
type Options struct {
	// URL is http(s)://[user[:password]@]host[:port] with the parameters catalog, schema, source,
	// timezone (an IANA name; defaults to UTC), session_properties, roles, clientTags and
	// explicitPrepare, each as in trino-go-client. A password needs https.
	URL string
	// HTTP sends the requests; its redirects are not followed. Defaults to a client of its own.
	HTTP *http.Client
	// Logger hears of cancels that did not reach the server. Defaults to none.
	Logger *slog.Logger
	// MaxRows bounds the rows of an answer. Defaults to 10,000.
	MaxRows int
	// MaxPageBytes bounds one page of an answer, unpacked. Defaults to 32 MiB.
	MaxPageBytes int64
	// Attempts is how often one request is sent before a server that answers 429, 502, 503 or 504, or
	// not at all, counts as unavailable. The pauses grow from 100 ms. Defaults to 6, about 2 seconds.
	Attempts int
	// Timeout bounds a question from its first request to its last row. Defaults to a minute.
	Timeout time.Duration
}

// Format writes the options without the URL, which may hold a password.
func (o Options) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "trino.Options{URL: (hidden)}")
}

// Client asks one server on behalf of one credential. It may be used by many at once.
type Client struct {
	connector  driver.Connector
	credential Credential
	http       *http.Client
	idle       func()
	logger     *slog.Logger
	maxRows    int
	server     *url.URL
	timeout    time.Duration
}

// New returns a client of the server that o names. It asks nothing yet. What is wrong with o is said
// without repeating the URL.
func New(o Options) (*Client, error) {
	server, credential, config, err := readURL(o.URL)
	if err != nil {
		return nil, err
	}
	if err := credential.allowed(server); err != nil {
		return nil, err
	}
	c := &Client{
		credential: credential,
		idle:       func() {},
		logger:     o.Logger,
		maxRows:    positive(o.MaxRows, defaultMaxRows),
		server:     server,
		timeout:    positive(o.Timeout, defaultTimeout),
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.http = c.wired(o)
	attempts := positive(o.Attempts, defaultAttempts)
	config.HTTPClient = c.http
	config.RequestRetryMaxAttempts = &attempts
	config.QueryTimeout = &c.timeout
	if c.connector, err = driverpkg.NewConnector(config); err != nil {
		return nil, fmt.Errorf("trino: the URL's parameters are refused: %w", err)
	}
	// A connection is no socket; making one is how the driver looks at the rest of its settings.
	if _, err := c.connector.Connect(context.Background()); err != nil {
		return nil, fmt.Errorf("trino: the URL's parameters are refused: %w", err)
	}
	return c, nil
}

// wired returns the HTTP client that everything goes through.
func (c *Client) wired(o Options) *http.Client {
	var client http.Client
	if o.HTTP != nil {
		client = *o.HTTP
	}
	if client.Transport == nil && o.HTTP == nil {
		if standard, ok := http.DefaultTransport.(*http.Transport); ok {
			own := standard.Clone()
			client.Transport, c.idle = own, own.CloseIdleConnections
		}
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = &wire{
		base:    client.Transport,
		maxPage: positive(o.MaxPageBytes, defaultMaxPageBytes),
		server:  c.server,
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// As returns a client that asks on behalf of credential, such as a store's own. It shares the
// connections of c and needs no Close. A password that would travel without TLS is refused by Query.
func (c *Client) As(credential Credential) *Client {
	as := *c
	as.credential = credential
	return &as
}

// Close lets go of idle connections. Questions that are under way go on.
func (c *Client) Close() error {
	c.idle()
	return nil
}

func positive[N int | int64 | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}
