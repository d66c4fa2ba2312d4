package llmtest

import (
	"encoding/json"
	"net/http"
)

// Request is what a client asked.
type Request struct {
	Model               string        `json:"model"`
	Messages            []Message     `json:"messages"`
	Stream              bool          `json:"stream"`
	StreamOptions       StreamOptions `json:"stream_options"`
	MaxTokens           int           `json:"max_tokens"`
	MaxCompletionTokens int           `json:"max_completion_tokens"`
	Temperature         *float64      `json:"temperature"`
	Tools               []Tool        `json:"tools"`
	ResponseFormat      Format        `json:"response_format"`
	ReasoningEffort     string        `json:"reasoning_effort"`
	User                string        `json:"user"`

	// Header is that of the HTTP request, Raw its body, and From the address that its connection comes
	// from.
	Header http.Header     `json:"-"`
	From   string          `json:"-"`
	Raw    json.RawMessage `json:"-"`
}

// Message is one turn.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// StreamOptions are what a client wants to know beside the text.
type StreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// Tool is one that the model may call.
type Tool struct {
	Type     string   `json:"type"`
	Function Function `json:"function"`
}

// Function describes a [Tool].
type Function struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}

// Format is the form of the answer: Type is json_schema when there is a schema.
type Format struct {
	Type       string `json:"type"`
	JSONSchema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

// System returns the first text of the system, and Last the last text of the person.
func (r Request) System() string {
	for _, m := range r.Messages {
		if m.Role == "system" {
			return m.Content
		}
	}
	return ""
}

// Last returns the last text of the person.
func (r Request) Last() string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == "user" {
			return r.Messages[i].Content
		}
	}
	return ""
}
