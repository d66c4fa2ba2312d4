package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Stream asks the model and hands on its text while it comes. Each delta is whole letters, never
// empty; together they are Reply.Text. emit may take its time: patience counts only while the provider
// is waited for. An error of emit ends the call, closes the connection, and is returned as it is.
//
// Any other error is of one of the kinds of this package, or wraps [context.Canceled]. With it comes
// what had been answered until then, with the usage that it has cost. After the first delta nothing is
// asked again. A filter that cuts the answer off in the middle is no error, but [FinishFilter].
func (c *Client) Stream(ctx context.Context, request Request, emit func(delta string) error) (Reply, error) {
	return c.ask(ctx, &talk{client: c, request: &request, emit: emit})
}

// Complete asks the model and waits for the whole answer, which Options.Timeout and ctx bound. It is
// meant for short answers in JSON; see [Request.Schema]. Errors are those of [Client.Stream].
func (c *Client) Complete(ctx context.Context, request Request) (Reply, error) {
	return c.ask(ctx, &talk{client: c, request: &request})
}

// errTooSlow is why a call ends that takes longer than Options.Timeout.
var errTooSlow = errors.New("the call took too long")

// talk is one call, with all its tries.
type talk struct {
	client  *Client
	request *Request
	emit    func(string) error // nil: the answer comes in one piece
	pass    *pass
	begun   time.Time
	first   time.Duration // from the beginning to the first delta
	tries   int
	spent   Usage // by tries that are over
	reply   Reply // of the last try
}

func (c *Client) ask(ctx context.Context, t *talk) (Reply, error) {
	if err := t.request.check(); err != nil {
		return Reply{}, err
	}
	t.begun = time.Now()
	pass, err := c.breaker.enter()
	if err != nil {
		t.observe(err)
		return Reply{}, err
	}
	t.pass = pass
	judged := unknown // also when emit panics
	defer func() { pass.leave(judged) }()

	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errTooSlow)
	defer cancel()
	err = t.run(ctx)
	if err == nil {
		err = t.checkSchema()
	}
	judged = judgement(err)
	c.remember(err)
	t.reply.Usage = t.spent
	t.noteDropped(ctx)
	t.observe(err)
	return t.reply, err
}

// run tries until there is an answer, or until trying again makes no sense.
func (t *talk) run(ctx context.Context) error {
	for {
		t.tries++
		a := &attempt{talk: t, answer: answer{request: t.request}}
		err := a.run(ctx)
		t.reply = a.answer.reply()
		if a.accepted {
			t.spent = t.spent.add(t.reply.Usage)
		}
		if err == nil || a.emitted {
			return err
		}
		if a.learnt != 0 {
			t.client.options.Logger.InfoContext(ctx, "language model does not know a field of the request",
				"provider", t.client.provider, "model", t.client.options.Model, "field", a.learnt.String())
			continue
		}
		wait, again := t.again(ctx, err)
		if !again {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// checkSchema holds an answer in JSON to being JSON. Some models put it into a code fence all the
// same; that is taken off, since the answer has been paid for.
func (t *talk) checkSchema() error {
	if t.request.Schema == nil {
		return nil
	}
	text := unfenced([]byte(t.reply.Text))
	if !json.Valid(text) {
		return failed(ErrBroken, "not JSON, %s after %d bytes", t.reply.Finish, len(text)).final()
	}
	t.reply.Text = string(text)
	return nil
}

func unfenced(text []byte) []byte {
	text = bytes.TrimSpace(text)
	inner, opened := bytes.CutPrefix(text, []byte("```"))
	inner, closed := bytes.CutSuffix(inner, []byte("```"))
	if !opened || !closed {
		return text
	}
	return bytes.TrimSpace(bytes.TrimPrefix(inner, []byte("json")))
}

// noteDropped tells operators of calls that the model made in vain, without their words.
func (t *talk) noteDropped(ctx context.Context) {
	if t.reply.Dropped > 0 {
		t.client.options.Logger.WarnContext(ctx, "language model called tools in vain", "provider", t.client.provider,
			"model", t.client.options.Model, "purpose", t.request.Purpose, "calls", t.reply.Dropped)
	}
}

// remember keeps for [Client.Check] whether the key and the model are accepted.
func (c *Client) remember(err error) {
	var f *failure
	switch {
	case err == nil:
		c.refused.Store(false)
	case errors.As(err, &f) && f.kind == ErrMisconfigured:
		c.refused.Store(true)
	}
}

// judgement is what the end of a call says about the provider's health. Answers that refuse are
// answers.
func judgement(err error) verdict {
	var f *failure
	switch {
	case err == nil:
		return healthy
	case !errors.As(err, &f):
		return unknown // the caller or its reader went away
	case f.blamed():
		return sick
	case errors.Is(f.cause, context.DeadlineExceeded):
		return unknown // the caller's deadline may have been too near
	}
	return healthy
}

// interrupted returns why a context that is done ended the call.
func interrupted(ctx context.Context) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errStalled), errors.Is(cause, errTooSlow):
		return failed(ErrTimeout, "%s", cause)
	case errors.Is(cause, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return failed(ErrTimeout, "").by(context.DeadlineExceeded).final()
	}
	return fmt.Errorf("llm: %w", context.Canceled)
}
