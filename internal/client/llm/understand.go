package llm

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// words that tell why a request was refused, where neither status nor code do: an HTTP 400 may mean
// anything. Lower case.
var (
	tooLongWords = []string{"context length", "context window", "maximum context", "token count", "too many tokens", "too long"}
	refusedWords = []string{"content filter", "content management policy", "safety"}
)

// codes are the providers' own names of why not: OpenAI's, CLOVA's and those of Google's RPC.
var codes = map[string]*sentinel{
	"context_length_exceeded":  ErrTooLong,
	"string_above_max_length":  ErrTooLong,
	"40003":                    ErrTooLong,
	"content_filter":           ErrRefused,
	"content_policy_violation": ErrRefused,
	"insufficient_quota":       ErrMisconfigured, // no patience helps: somebody has to pay
	"invalid_api_key":          ErrMisconfigured,
	"model_not_found":          ErrMisconfigured,
	"rate_limit_exceeded":      ErrRateLimited,
	"RESOURCE_EXHAUSTED":       ErrRateLimited,
	"UNAVAILABLE":              ErrUnavailable,
	"INTERNAL":                 ErrUnavailable,
	"server_error":             ErrUnavailable,
	"overloaded_error":         ErrUnavailable,
}

// failure returns what kind of failure the refusal is.
func (r *refusal) failure() *failure {
	return failed(r.kind(), "%s", r.detail()).later(r.after)
}

func (r *refusal) kind() *sentinel {
	if k, ok := codes[r.code]; ok {
		return k
	}
	status := r.status
	if number, err := strconv.Atoi(r.code); status == 0 && err == nil {
		// In band, a code is a status of HTTP, or CLOVA's: that status with two digits more.
		for status = number; status >= 1000; {
			status /= 10
		}
	}
	switch {
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status == http.StatusRequestEntityTooLarge:
		return ErrTooLong
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly, status >= 500:
		return ErrUnavailable
	case status == 0 || status < 300: // in band, and for no reason that is known
		return ErrBroken
	case status == http.StatusBadRequest && says(r.message, tooLongWords):
		return ErrTooLong
	case status == http.StatusBadRequest && says(r.message, refusedWords):
		return ErrRefused
	}
	return ErrMisconfigured
}

func says(message string, words []string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
}
