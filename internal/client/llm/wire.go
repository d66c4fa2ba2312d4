package llm

import "encoding/json"

// chunk is a chunk of a streamed answer, or a whole one: they differ in delta and message only. The
// SDK's type of it takes five times as long to read and ten times the memory, which counts with a
// thousand answers at once.
type chunk struct {
	Choices []choice        `json:"choices"`
	Usage   *tokens         `json:"usage"`
	Error   json.RawMessage `json:"error"`
	Status  json.RawMessage `json:"status"` // CLOVA's, in band
}

type choice struct {
	Index        int    `json:"index"`
	Delta        piece  `json:"delta"`
	Message      piece  `json:"message"`
	FinishReason string `json:"finish_reason"`
}

type piece struct {
	Content   json.RawMessage `json:"content"` // raw: see unquote
	Refusal   json.RawMessage `json:"refusal"`
	ToolCalls []toolPiece     `json:"tool_calls"`
}

type toolPiece struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // raw: see unquote
	} `json:"function"`
}

type tokens struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// refusal returns why a chunk with status 200 is none, or nil.
func (c *chunk) refusal() *refusal {
	if stated(c.Error) {
		return reasonOf(c.Error)
	}
	if stated(c.Status) {
		// 20000 is CLOVA's success, and 20400 that of an answer without content.
		if r := reasonOf(c.Status); r.code != "" && r.code != "20000" && r.code != "20400" {
			return r
		}
	}
	return nil
}
