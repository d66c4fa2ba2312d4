package llm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say whom a [Client] asks, and how patiently.
type Options struct {
	// BaseURL is where chat/completions is found, such as
	// https://clovastudio.stream.ntruss.com/v1/openai/. Required.
	BaseURL string
	// Key is sent as bearer token. Servers of one's own often want none.
	Key string
	// Model is the provider's name of the model, such as HCX-005. Required.
	Model string
	// ReasoningEffort is sent as reasoning_effort when it is set. Models that think before they answer
	// come to their first token sooner with "low", and with "none" where they know it (Gemini).
	ReasoningEffort string
	// HTTP sends the requests. Its Timeout must be zero, since it would cut off long answers. Defaults
	// to a client of its own, over keep-alive connections.
	HTTP *http.Client
	// Timeout bounds a whole call, with all its tries. Defaults to two minutes.
	Timeout time.Duration
	// FirstToken is how long one try of [Client.Stream] waits for the first piece of the answer.
	// Defaults to 15 seconds.
	FirstToken time.Duration
	// Idle is how long [Client.Stream] waits for the next chunk. Comments that only keep the connection
	// alive do not count. Defaults to 15 seconds.
	Idle time.Duration
	// MaxRetries is how often a call is tried again. Defaults to 2; a negative number means never.
	MaxRetries int
	// Breaker is when the provider is left alone.
	Breaker Breaker
	// Logger learns of the breaker, and of what a provider does not understand. Defaults to silence.
	Logger *slog.Logger
	// Observe is told of each call, before it returns. Optional.
	Observe func(Spent)
}

// Breaker says when a provider that is out of order is left alone, and for how long.
type Breaker struct {
	// Failures is how many calls in sequence must fail by the provider's fault. Defaults to 5.
	Failures int
	// Pause is how long nobody asks then; after it, one call tries. Defaults to 20 seconds.
	Pause time.Duration
}

// complete sets the defaults, and returns the host that is asked.
func (o *Options) complete() (host string, err error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		// The text itself stays out of the error: keys have been seen in such URLs.
		return "", errors.New("llm: the base URL is not one of http or https")
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return "", errors.New("llm: the base URL is more than an address: user, query or fragment")
	}
	if o.Model == "" {
		return "", errors.New("llm: no model is named")
	}
	if o.HTTP == nil {
		o.HTTP = ownHTTP()
	}
	if o.HTTP.Timeout != 0 {
		return "", fmt.Errorf("llm: the HTTP client ends every answer after %s", o.HTTP.Timeout)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	orDefault(&o.Timeout, 2*time.Minute)
	orDefault(&o.FirstToken, 15*time.Second)
	orDefault(&o.Idle, 15*time.Second)
	orDefault(&o.MaxRetries, 2)
	orDefault(&o.Breaker.Failures, 5)
	orDefault(&o.Breaker.Pause, 20*time.Second)
	return base.Hostname(), nil
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// providers are the hosts, with everything below them, whose owner is known.
var providers = []struct{ host, name string }{
	{"ntruss.com", "CLOVA"},
	{"gov-ntruss.com", "CLOVA"},
	{"googleapis.com", "GEMINI"},
	{"openai.com", "OPENAI"},
}

// providerOf returns the label of the provider at host.
func providerOf(host string) string {
	host = strings.ToLower(host)
	for _, p := range providers {
		if host == p.host || strings.HasSuffix(host, "."+p.host) {
			return p.name
		}
	}
	return "CUSTOM"
}
