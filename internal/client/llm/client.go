// Package llm asks a language model behind any endpoint that speaks OpenAI's chat completions: CLOVA
// Studio (https://api.ncloud-docs.com/docs/clovastudio-openaicompatibility), Gemini
// (https://ai.google.dev/gemini-api/docs/openai), OpenAI itself, or a server of one's own. Which one
// it is, is a matter of settings only.
//
// The official SDK makes and sends the requests. The answers are read here, because this house needs
// of a stream what the SDK leaves out: bounds, patience, letters that arrive in pieces, faults that
// come with status 200, and the difference between an answer that is over and one that broke off.
//
// Every call costs money. So each one tells what it spent, estimated where the provider does not say;
// nothing is asked again once a token was handed on; and a provider that is out of order is left alone
// for a while. Neither keys nor prompts nor answers are ever part of an error or of the log.
package llm

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// Client asks one model of one provider. It is safe for concurrent use, and runs nothing by itself.
type Client struct {
	options  Options
	provider string
	chat     openai.ChatCompletionService
	breaker  *breaker
	dialect  dialect
	// refused holds since the provider last refused the key or the model, until it answers.
	refused atomic.Bool
}

// New returns a client of the model that options name. It does not connect.
func New(options Options) (*Client, error) {
	host, err := options.complete()
	if err != nil {
		return nil, err
	}
	c := &Client{options: options, provider: providerOf(host)}
	c.breaker = &breaker{settings: options.Breaker, changed: c.logBreaker}
	// This service, unlike the SDK's client, takes nothing from the environment. Its retries stay off:
	// ours know whether a token was handed on, and what is left of the caller's time.
	c.chat = openai.NewChatCompletionService(
		option.WithBaseURL(options.BaseURL),
		option.WithAPIKey(options.Key),
		option.WithHTTPClient(options.HTTP),
		option.WithMaxRetries(0),
		option.WithHeader("User-Agent", "moa"),
		option.WithMiddleware(judge),
	)
	return c, nil
}

// Provider returns who answers: CLOVA, GEMINI or OPENAI by the host of the base URL, else CUSTOM.
func (c *Client) Provider() string { return c.provider }

// Model returns the name of the model, as it was configured.
func (c *Client) Model() string { return c.options.Model }

// Close drops the connections that wait for the next call. Calls that run go on.
func (c *Client) Close() { c.options.HTTP.CloseIdleConnections() }

// Check says for /readyz in which state the provider was left by the calls so far. It asks nobody,
// since asking costs money. The error is [ErrBreakerOpen] or [ErrMisconfigured].
func (c *Client) Check(context.Context) (string, error) {
	state, wait := c.breaker.state()
	detail := c.provider + " " + c.options.Model + ": " + string(state)
	switch {
	case state == stateOpen:
		return fmt.Sprintf("%s, tried again in %s", detail, wait.Round(time.Second)), failed(ErrBreakerOpen, "").later(wait)
	case c.refused.Load():
		return detail + ", the key or the model was refused", ErrMisconfigured
	}
	return detail, nil
}

// logBreaker tells operators that a provider is left alone, or asked again.
func (c *Client) logBreaker(now breakerState) {
	log := c.options.Logger.Info
	if now == stateOpen {
		log = c.options.Logger.Warn
	}
	log("language model circuit", "provider", c.provider, "model", c.options.Model, "state", string(now))
}

// ownHTTP returns the HTTP client that is used when none is given: without a limit on time, which
// would end long answers, and with room for many answers at once over connections that are kept.
func ownHTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}
