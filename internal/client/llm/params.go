package llm

import (
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"
)

// params returns the request in the words of the wire, with those of the optional fields that the
// provider is not known to refuse, and which of them it uses.
func (c *Client) params(r *Request, stream bool) (p openai.ChatCompletionNewParams, sent field) {
	known := c.dialect.known()
	p = openai.ChatCompletionNewParams{
		Model:           c.options.Model,
		Messages:        messages(r.Messages),
		Tools:           tools(r.Tools),
		ReasoningEffort: shared.ReasoningEffort(c.options.ReasoningEffort),
	}
	if r.Temperature != nil {
		p.Temperature = openai.Float(*r.Temperature)
	}
	if r.User != "" && known&fieldUser != 0 {
		sent |= fieldUser
		p.User = openai.String(r.User)
	}
	if r.Schema != nil {
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: r.Schema.Name, Schema: r.Schema.JSON, Strict: openai.Bool(true),
			},
		}
	}
	if r.MaxTokens > 0 {
		// The older name is what all providers but the newest models of OpenAI know.
		if known&fieldMaxTokens != 0 {
			sent |= fieldMaxTokens
			p.MaxTokens = openai.Int(int64(r.MaxTokens))
		} else {
			p.MaxCompletionTokens = openai.Int(int64(r.MaxTokens))
		}
	}
	if stream {
		p.SetExtraFields(map[string]any{"stream": true})
		if known&fieldUsage != 0 {
			sent |= fieldUsage
			p.StreamOptions.IncludeUsage = openai.Bool(true)
		}
	}
	return p, sent
}

func messages(turns []Message) []openai.ChatCompletionMessageParamUnion {
	list := make([]openai.ChatCompletionMessageParamUnion, 0, len(turns))
	for _, m := range turns {
		switch m.Role {
		case RoleSystem:
			list = append(list, openai.SystemMessage(m.Text))
		case RoleAssistant:
			list = append(list, openai.AssistantMessage(m.Text))
		default:
			list = append(list, openai.UserMessage(m.Text))
		}
	}
	return list
}

func tools(offered []Tool) []openai.ChatCompletionToolUnionParam {
	list := make([]openai.ChatCompletionToolUnionParam, 0, len(offered))
	for _, t := range offered {
		f := shared.FunctionDefinitionParam{Name: t.Name, Parameters: shared.FunctionParameters{}}
		if t.Description != "" {
			f.Description = openai.String(t.Description)
		}
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(t.Parameters, &fields) // Request.check has seen that it is an object
		for name, value := range fields {
			f.Parameters[name] = value
		}
		list = append(list, openai.ChatCompletionFunctionTool(f))
	}
	return list
}
