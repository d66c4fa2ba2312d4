package llm

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxCalls bounds the tools that one answer calls.
const maxCalls = 64

// answer grows from the chunks of one try.
type answer struct {
	request *Request
	text    strings.Builder
	letters letters
	calls   []toolCall
	usage   *tokens
	refused bool   // the model wrote a refusal in place of an answer
	reason  string // why it ended; empty before the end
	said    bool   // there was a chunk at all
}

// toolCall is a call whose pieces are still coming.
type toolCall struct {
	index     int
	id, name  string
	arguments []byte
}

// add takes in a chunk and returns the text that it brings, whole letters only.
func (a *answer) add(c *chunk) (string, error) {
	if r := c.refusal(); r != nil {
		return "", r.failure()
	}
	if c.Usage != nil {
		a.usage = c.Usage // providers that send it with each chunk count up
	}
	delta := ""
	for i := range c.Choices {
		if c.Choices[i].Index != 0 {
			continue // one answer is asked for
		}
		text, err := a.take(&c.Choices[i])
		if err != nil {
			return "", err
		}
		delta += text
	}
	return delta, nil
}

func (a *answer) take(c *choice) (string, error) {
	a.said = true
	text := ""
	for _, p := range []*piece{&c.Delta, &c.Message} {
		a.refused = a.refused || (stated(p.Refusal) && string(p.Refusal) != `""`)
		for i := range p.ToolCalls {
			if err := a.call(&p.ToolCalls[i]); err != nil {
				return "", err
			}
		}
		if !stated(p.Content) {
			continue
		}
		content, ok := unquote(p.Content)
		if !ok {
			return "", failed(ErrBroken, "text that is none")
		}
		text += a.letters.join(content)
	}
	a.text.WriteString(text)
	if c.FinishReason != "" {
		a.reason = c.FinishReason // the last thing, so that a chunk at fault ends nothing
	}
	return text, nil
}

// call puts a piece to its call. Pieces belong together by their index; where a provider numbers all
// calls alike, another id begins another call.
func (a *answer) call(p *toolPiece) error {
	var to *toolCall
	for i := range a.calls {
		if a.calls[i].index == p.Index {
			to = &a.calls[i]
		}
	}
	if to == nil || (p.ID != "" && to.id != "" && p.ID != to.id) {
		if len(a.calls) == maxCalls {
			return failed(ErrBroken, "more than %d calls", maxCalls)
		}
		a.calls = append(a.calls, toolCall{index: p.Index})
		to = &a.calls[len(a.calls)-1]
	}
	if to.id == "" {
		to.id = p.ID
	}
	to.name += p.Function.Name
	arguments, isText := unquote(p.Function.Arguments)
	if !isText && stated(p.Function.Arguments) {
		arguments = p.Function.Arguments // an object, where a text with an object in it is usual
	}
	to.arguments = append(to.arguments, arguments...)
	return nil
}

// began reports whether a part of the answer is there.
func (a *answer) began() bool { return a.text.Len() > 0 || len(a.calls) > 0 || a.reason != "" }

// reply returns what has come so far.
func (a *answer) reply() Reply {
	r := Reply{Text: a.text.String()}
	for _, c := range a.calls {
		if call, ok := a.whole(c); ok {
			r.Calls = append(r.Calls, call)
		} else {
			r.Dropped++
		}
	}
	if a.reason != "" {
		r.Finish = finishOf(a.reason, len(a.calls))
	}
	r.Usage = a.spent()
	return r
}

// whole returns the call when it can be answered: the tool was offered, and the arguments are an
// object. A tool without parameters is often called with nothing.
func (a *answer) whole(c toolCall) (Call, bool) {
	arguments := bytes.TrimSpace(c.arguments)
	if len(arguments) == 0 {
		arguments = []byte("{}")
	}
	ok := a.request.offers(c.name) && arguments[0] == '{' && json.Valid(arguments)
	return Call{Name: c.name, Arguments: arguments}, ok
}

// spent returns the provider's count, or an estimate of what it left out.
func (a *answer) spent() Usage {
	u := Usage{}
	if t := a.usage; t != nil {
		// Gemini counts what the model thought in the total only. It costs like the rest.
		u.PromptTokens, u.CompletionTokens = t.Prompt, max(t.Completion, t.Total-t.Prompt)
	}
	if u.PromptTokens <= 0 {
		u.PromptTokens, u.Estimated = estimatePrompt(a.request), true
	}
	if u.CompletionTokens <= 0 {
		u.CompletionTokens = estimate(a.text.String())
		for _, c := range a.calls {
			u.CompletionTokens += estimate(c.name) + estimate(string(c.arguments))
		}
		u.Estimated = u.Estimated || u.CompletionTokens > 0
	}
	return u
}
