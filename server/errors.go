package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/obs"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/internal/platform/words"
	"github.com/moa-bff/moa/server/transport"
)

// The most errors that an answer lists, and the most bytes of each message: validation repeats what the
// client wrote.
const (
	maxErrors  = 10
	maxMessage = 400
)

// presenter phrases errors for clients: faults by their words and codes, everything else as INTERNAL,
// whose cause goes to the log and nowhere else.
type presenter struct {
	words  *words.Book
	logger *slog.Logger
}

// present implements [graphql.ErrorPresenterFunc].
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	var shown *gqlerror.Error
	if errors.As(err, &shown) && shown.Err == nil && shown.Extensions["code"] != nil {
		return shown // of parsing, validation or a limit: made for clients
	}
	f := fault.From(db.Fault(inputFault(err)))
	if f.Code == fault.CodeInternal && ofArgument(ctx, shown) {
		f = fault.InvalidArgument.Wrap(err)
	}
	switch {
	case f.Code != fault.CodeInternal:
	case errors.Is(err, context.Canceled):
		f = fault.Unavailable.Wrap(err)
	default:
		p.logger.ErrorContext(ctx, "internal error", "path", pathOf(ctx, shown).String(), "error", err)
	}
	if f.Code == fault.CodeUnavailable {
		p.logger.WarnContext(ctx, "unavailable", "path", pathOf(ctx, shown).String(), "error", err)
	}
	answer := &gqlerror.Error{
		Message:    p.words.Fault(viewer.Language(ctx), f),
		Path:       pathOf(ctx, shown),
		Extensions: map[string]any{"code": string(f.Code)},
	}
	if f.IsBusiness() { // a refusal where there is no payload to carry it, such as a live field
		answer.Extensions["code"] = string(fault.CodeInvalidArgument)
		answer.Extensions["reason"] = string(f.Code)
	}
	if len(f.Field) > 0 {
		answer.Extensions["field"] = f.Field
	}
	if f.RetryAfter > 0 {
		answer.Extensions[transport.ExtensionRetryAfter] = int(math.Ceil(f.RetryAfter.Seconds()))
	}
	return answer
}

// inputFault recognises numbers that do not fit as mistakes of the client, where no fault says so already.
func inputFault(err error) error {
	var (
		known  *fault.Error
		number *strconv.NumError
	)
	if !errors.As(err, &known) && errors.As(err, &number) {
		return fault.InvalidArgument.Wrap(err)
	}
	return err
}

// ofArgument reports whether an error stands below the field that is being resolved: at one of its arguments,
// which a scalar of ours did not take.
func ofArgument(ctx context.Context, shown *gqlerror.Error) bool {
	field := graphql.GetFieldContext(ctx)
	return shown != nil && field != nil && len(shown.Path) > len(field.Path())
}

func pathOf(ctx context.Context, shown *gqlerror.Error) ast.Path {
	if shown != nil && len(shown.Path) > 0 {
		return shown.Path
	}
	return graphql.GetPath(ctx)
}

// recovered turns a panic into an error for the presenter.
func recovered(_ context.Context, panicked any) error {
	if err, ok := panicked.(error); ok { // such as of a number that fits no type, see inputFault
		return fmt.Errorf("panic: %w\n%s", err, debug.Stack())
	}
	return fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
}

// finish completes the errors of an answer: at most ten, each with a code and the request's id.
func finish(ctx context.Context, response *graphql.Response) *graphql.Response {
	if response == nil || len(response.Errors) == 0 {
		return response
	}
	if len(response.Errors) > maxErrors {
		response.Errors = response.Errors[:maxErrors]
	}
	for _, err := range response.Errors {
		err.Message = cut(err.Message, maxMessage)
		if err.Extensions == nil {
			err.Extensions = map[string]any{}
		}
		if err.Extensions["code"] == nil {
			err.Extensions["code"] = errcode.ValidationFailed
		}
		err.Extensions["requestId"] = obs.RequestID(ctx)
	}
	return response
}

// cut shortens text to about n bytes, between letters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
