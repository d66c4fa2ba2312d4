package llmtest

import (
	"net/http"
	"time"
)

// Then is what comes when the deltas are over, or after some of them.
type Then int

const (
	// Finish ends the answer as it should.
	Finish Then = iota
	// Stall says nothing more until the client goes away.
	Stall
	// Cut closes the connection in the middle.
	Cut
	// End ends the body, as if the answer were whole, without saying so.
	End
	// Fail sends Answer.Code and Answer.Message in band, and ends.
	Fail
	// Babble sends Answer.Body in place of a chunk, and ends.
	Babble
)

// Answer is what the model does with one request. The zero Answer is an empty one.
type Answer struct {
	// Status is 200 when zero. Any other answers with Body, or else with Code and Message in OpenAI's
	// form of an error, and with Header.
	Status  int
	Header  http.Header
	Code    string
	Message string
	Body    string

	// Deltas is the text, piece by piece. They are sent as the bytes they are, so a letter may be cut.
	Deltas []string
	// Calls are the tools that are called, after the text.
	Calls []Call
	// Usage is told when the client asks for it or does not stream.
	Usage *Usage
	// Reason is the finish_reason: "stop", or "tool_calls" with Calls, when empty.
	Reason string

	// First is the time before the first delta, and Every the time before each other one.
	First, Every time.Duration
	// Gate, if there is one, lets one delta pass for each receive; when it is closed, all of them.
	Gate <-chan struct{}
	// Then comes after After deltas when it is not Finish; with After below zero, after all.
	Then  Then
	After int
	// StallReason is a finish_reason that is sent before a stream stalls.
	StallReason string
	// Murmur is how often a stalled stream sends a comment that keeps the connection alive; zero is never.
	Murmur time.Duration
	// Gone is called when the client went away before the answer was over.
	Gone func()

	// Stamp puts the time of sending before each delta; see [Stamps].
	Stamp bool
	// Bytewise sends each byte by itself.
	Bytewise bool
	// CRLF ends lines as Windows does.
	CRLF bool
	// KeepAlives are comments before each event.
	KeepAlives int
	// UsageEverywhere sends the usage with each chunk, counting up, as Gemini does.
	UsageEverywhere bool
	// NoDone leaves out the last event, [DONE], and NoReason the finish_reason.
	NoDone, NoReason bool
	// Whole answers with one document although a stream was asked for.
	Whole bool
}

// Call is a tool call. Pieces are its arguments as they come over a stream.
type Call struct {
	ID     string
	Name   string
	Pieces []string
	// Index is the call's number on the wire. Zero for every call is what some providers do.
	Index int
}

// Usage is in tokens.
type Usage struct{ Prompt, Completion, Total int }

// pieces returns how many deltas are sent before whatever comes then.
func (a *Answer) pieces() []string {
	if a.Then == Finish || a.After < 0 {
		return a.Deltas
	}
	return a.Deltas[:min(a.After, len(a.Deltas))]
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, a Answer) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.Body == "" {
		w.Header().Set("Content-Type", "application/json")
		a.Body = `{"error":` + string(a.fault()) + `}`
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body))
}

// fault returns the object that says what is wrong.
func (a *Answer) fault() []byte {
	b := append([]byte(`{"message":`), quote(a.Message)...)
	b = append(b, `,"type":"error","param":null,"code":`...)
	return append(append(b, quote(a.Code)...), '}')
}
