package llm

import "encoding/json"

// Finish is why the model stopped.
type Finish string

// Finishes: it had said everything, it came to the limit of tokens, a filter of the provider cut the
// answer off, or it wants tools to be called.
const (
	FinishStop   Finish = "STOP"
	FinishLength Finish = "LENGTH"
	FinishFilter Finish = "FILTER"
	FinishTools  Finish = "TOOLS"
)

// Call is a tool that the model calls, by the name that was offered, with arguments that are a
// complete JSON object. Whether they fit the tool's schema is not checked.
type Call struct {
	Name      string
	Arguments json.RawMessage
}

// Reply is what the model answered, or what came of it before an error.
type Reply struct {
	// Text is all the text, valid UTF-8. Of a request with a schema it is JSON.
	Text string
	// Calls are the tools that it calls.
	Calls []Call
	// Dropped is how many calls were left out: of a tool that was not offered, or broken off.
	Dropped int
	// Usage is what the call spent, over all its tries.
	Usage Usage
	// Finish is empty when the answer did not come to its end.
	Finish Finish
}

// finishOf translates the words of the wire. Unknown ones are an end like another.
func finishOf(reason string, calls int) Finish {
	switch reason {
	case "length", "max_tokens":
		return FinishLength
	case "content_filter", "safety":
		return FinishFilter
	case "tool_calls", "function_call":
		return FinishTools
	}
	if calls > 0 { // Gemini says "stop" then
		return FinishTools
	}
	return FinishStop
}
