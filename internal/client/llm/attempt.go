package llm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/openai/openai-go/v3/option"
)

// errStalled is why a try ends whose provider says nothing any more.
var errStalled = errors.New("the model says nothing")

// afterwards is how long the end of the connection is waited for once the answer is whole. A
// connection that is read to its end serves the next call, which saves a handshake.
const afterwards = 50 * time.Millisecond

// attempt is one try of a call: one request to the provider.
type attempt struct {
	talk     *talk
	answer   answer
	patience *time.Timer // ends the try; nil when the answer comes in one piece
	accepted bool        // the provider began to work, and counts tokens
	emitted  bool        // something was handed on
	learnt   field       // what the provider does not know, if that is all that was wrong
}

// emitError is an error of the caller's own, on its way back to it.
type emitError struct{ error }

// run asks and reads the answer. A nil error means that it is whole.
func (a *attempt) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if a.talk.emit != nil {
		a.patience = time.AfterFunc(a.talk.client.options.FirstToken, func() { cancel(errStalled) })
		defer a.patience.Stop()
	}
	body, err := a.open(ctx)
	if err == nil {
		defer body.Close() //nolint:errcheck // it has been read
		a.accepted = true
		err = a.read(body)
	}
	var mine emitError
	switch {
	case errors.As(err, &mine):
		return mine.error
	case a.answer.reason != "":
		return a.ended() // what comes after the end does not matter, be it an error
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return interrupted(ctx)
	}
	return a.fault(err)
}

// open sends the request and returns the body of a successful answer.
func (a *attempt) open(ctx context.Context) (*response, error) {
	c := a.talk.client
	params, sent := c.params(a.talk.request, a.talk.emit != nil)
	accept := "application/json"
	if a.talk.emit != nil {
		accept = "text/event-stream"
	}
	var res *http.Response
	_, err := c.chat.New(ctx, params, option.WithResponseBodyInto(&res), option.WithHeader("Accept", accept))
	var no *refusal
	if errors.As(err, &no) {
		a.learnt = c.dialect.learn(no, sent)
	}
	if err != nil {
		return nil, err
	}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return &response{
		Reader:   &bounded{in: res.Body, left: maxAnswer},
		Closer:   res.Body,
		streamed: media != "application/json" && a.talk.emit != nil,
	}, nil
}

// response is the body of a successful answer.
type response struct {
	io.Reader
	io.Closer
	streamed bool // else one document: asked for, or because the server cannot stream
}

func (a *attempt) read(body *response) error {
	if !body.streamed {
		return a.readWhole(body)
	}
	stream := newEvents(body)
	for {
		e, err := stream.next()
		if err != nil {
			return err
		}
		done, err := a.hear(e)
		if err != nil {
			return err
		}
		if done {
			a.wait(afterwards)
			_, _ = io.Copy(io.Discard, body) // its end, not its content
			return a.over()
		}
	}
}

// hear takes in one event, and reports whether it is the last one.
func (a *attempt) hear(e event) (done bool, err error) {
	switch {
	case string(e.data) == "[DONE]", e.name == "signal":
		return true, nil
	case e.name == "result":
		// CLOVA ends its own kind of stream with the whole text once more.
		return false, nil
	case e.name == "error":
		return false, readRefusal(e.data).failure()
	}
	var c chunk
	if json.Unmarshal(e.data, &c) != nil {
		return false, failed(ErrBroken, "a chunk that is no JSON")
	}
	return false, a.take(&c)
}

// readWhole reads an answer that comes in one piece.
func (a *attempt) readWhole(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var c chunk
	if json.Unmarshal(text, &c) != nil {
		return failed(ErrBroken, "an answer that is no JSON")
	}
	if err := a.take(&c); err != nil {
		return err
	}
	return a.over()
}

// take adds a chunk to the answer and hands on what it brings. The provider is not waited for while
// the caller is busy with it.
func (a *attempt) take(c *chunk) error {
	delta, err := a.answer.add(c)
	if err != nil {
		return err
	}
	if delta != "" {
		a.rest()
		a.talk.arrived()
		if a.talk.emit != nil {
			a.emitted = true
			if err := a.talk.emit(delta); err != nil {
				return emitError{err}
			}
		}
	}
	if a.answer.began() {
		a.wait(a.talk.client.options.Idle)
	}
	return nil
}

// over judges an answer that the provider has called complete.
func (a *attempt) over() error {
	if !a.answer.said {
		return failed(ErrBroken, "an answer without content")
	}
	if a.answer.reason == "" {
		a.answer.reason = "stop" // some servers of one's own do not say why
	}
	return a.ended()
}

// ended returns what the end of a whole answer means: an error when there is no answer in it.
func (a *attempt) ended() error {
	empty := a.answer.text.Len() == 0 && len(a.answer.calls) == 0
	if empty && (a.answer.refused || finishOf(a.answer.reason, 0) == FinishFilter) {
		return failed(ErrRefused, "")
	}
	return nil
}

// rest stops the provider's time.
func (a *attempt) rest() {
	if a.patience != nil {
		a.patience.Stop()
	}
}

// wait lets the provider's time run anew.
func (a *attempt) wait(d time.Duration) {
	if a.patience != nil {
		a.patience.Reset(d)
	}
}
