// Package llm is a stand-in.
package llm

import (
	"context"
	"encoding/json"
	"errors"
)

type (
	Role    string
	Message struct {
		Role Role
		Text string
	}
	Tool struct {
		Name, Description string
		Parameters        json.RawMessage
	}
	Request struct {
		Purpose, User string
		Messages      []Message
		MaxTokens     int
		Tools         []Tool
	}
	Usage struct{ PromptTokens, CompletionTokens int }
	Call  struct {
		Name      string
		Arguments json.RawMessage
	}
	Reply struct {
		Text  string
		Calls []Call
		Usage Usage
	}
	Client struct{}
)

const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

var ErrRateLimited, ErrTimeout, ErrTooLong, ErrRefused, ErrBroken = errors.New("a"), errors.New("b"), errors.New("c"), errors.New("d"), errors.New("e")

func (c *Client) Provider() string { return "" }
func (c *Client) Stream(context.Context, Request, func(string) error) (Reply, error) {
	return Reply{}, nil
}
func (c *Client) Complete(context.Context, Request) (Reply, error) { return Reply{}, nil }
