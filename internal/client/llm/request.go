package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Role is who says a message.
type Role string

// Roles: the instructions of the house, the person, and the model.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

// Message is one turn of the conversation.
type Message struct {
	Role Role
	Text string
}

// Tool is what the model may call beside its text.
type Tool struct {
	Name        string
	Description string
	// Parameters is the JSON Schema of the arguments, an object.
	Parameters json.RawMessage
}

// Schema is the shape of an answer in JSON. It is sent as a strict one, so every property is required
// and additionalProperties is false.
type Schema struct {
	// Name is of letters, digits, underscores and dashes.
	Name string
	JSON json.RawMessage
}

// Request is what the model is asked.
type Request struct {
	// Purpose names the feature that spends, such as "feeling", for [Spent]. It is not sent.
	Purpose string
	// Messages is the conversation so far. At least one.
	Messages []Message
	// MaxTokens bounds the answer; zero leaves that to the provider.
	MaxTokens int
	// Temperature is the provider's default when nil.
	Temperature *float64
	// Tools may be called beside the text.
	Tools []Tool
	// Schema, when set, makes the answer JSON of that shape. Whether it is JSON is checked, its shape is
	// not: that is the business of whoever reads it.
	Schema *Schema
	// User tells the provider's abuse checks one person from another. It is opaque, never an e-mail
	// address.
	User string
}

// check refuses what cannot be sent. These are mistakes of the program, not of a person.
func (r *Request) check() error {
	if len(r.Messages) == 0 {
		return errors.New("llm: nothing is asked")
	}
	for _, m := range r.Messages {
		if !slices.Contains([]Role{RoleSystem, RoleUser, RoleAssistant}, m.Role) {
			return fmt.Errorf("llm: nobody is called %q", m.Role)
		}
	}
	for _, t := range r.Tools {
		var object map[string]json.RawMessage
		if json.Unmarshal(t.Parameters, &object) != nil {
			return fmt.Errorf("llm: the parameters of %q are no JSON object", t.Name)
		}
	}
	if r.Schema != nil && !json.Valid(r.Schema.JSON) {
		return fmt.Errorf("llm: the schema %q is no JSON", r.Schema.Name)
	}
	return nil
}

// offers reports whether a tool of that name may be called.
func (r *Request) offers(name string) bool {
	return slices.ContainsFunc(r.Tools, func(t Tool) bool { return t.Name == name })
}
