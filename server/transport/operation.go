package transport

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// errPanicked tells that a response stands in for an operation that panicked.
var errPanicked = errors.New("the operation panicked")

// prepare parses, validates and checks an operation. When it may not run, the operation
// context is nil and the response holds the errors.
func prepare(
	ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams,
) (opCtx *graphql.OperationContext, refused *graphql.Response) {
	defer func() {
		if p := recover(); p != nil {
			opCtx, refused = nil, panicked(ctx, exec, nil, p)
		}
	}()
	opCtx, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return nil, dispatchError(graphql.WithOperationContext(ctx, opCtx), exec, errs)
	}
	return opCtx, nil
}

// dispatch begins an operation and returns a function that yields its responses one after the other,
// and nil after the last. When the operation panics, it yields one response with an INTERNAL error
// together with errPanicked, and must not be called again. A query or a mutation yields one response
// (several with @defer) even if an interceptor would go on for ever.
func dispatch(
	ctx context.Context, exec graphql.GraphExecutor, opCtx *graphql.OperationContext,
) func() (*graphql.Response, error) {
	var next graphql.ResponseHandler
	guarded := func(f func() *graphql.Response) (resp *graphql.Response, err error) {
		defer func() {
			if p := recover(); p != nil {
				resp, err = panicked(ctx, exec, opCtx, p), errPanicked
			}
		}()
		return f(), nil
	}
	if broken, err := guarded(func() *graphql.Response {
		next, ctx = exec.DispatchOperation(ctx, opCtx)
		return nil
	}); err != nil {
		return func() (*graphql.Response, error) { return broken, err }
	}
	over := false
	return func() (*graphql.Response, error) {
		if over {
			return nil, nil
		}
		resp, err := guarded(func() *graphql.Response { return next(ctx) })
		if opCtx.Operation.Operation != ast.Subscription {
			over = resp == nil || resp.HasNext == nil || !*resp.HasNext
		}
		return resp, err
	}
}

// panicked turns a recovered value into a response. The operation's recover function sees it
// first, as it does for a panic inside a resolver, so that it is logged in one place.
func panicked(
	ctx context.Context, exec graphql.GraphExecutor, opCtx *graphql.OperationContext, value any,
) *graphql.Response {
	cause := fmt.Errorf("panic: %v\n%s", value, debug.Stack())
	if opCtx != nil {
		ctx = graphql.WithOperationContext(ctx, opCtx) // the executor may not have come to it
	}
	if opCtx != nil && opCtx.RecoverFunc != nil {
		cause = opCtx.RecoverFunc(ctx, value)
	}
	err := &gqlerror.Error{Err: cause, Message: "Internal error."}
	errcode.Set(err, CodeInternal)
	return dispatchError(ctx, exec, gqlerror.List{err})
}

// guard turns a panic in f into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return f()
}

// dispatchError lets the executor's error presenter and response middleware finish the
// errors. A panic in there must not end the process, so the bare errors are the fallback.
func dispatchError(
	ctx context.Context, exec graphql.GraphExecutor, list gqlerror.List,
) (resp *graphql.Response) {
	defer func() {
		if recover() != nil || resp == nil {
			resp = &graphql.Response{Errors: list}
		}
	}()
	return exec.DispatchError(ctx, list)
}

// refuseOperation returns the response that refuses an operation that was understood.
func refuseOperation(
	ctx context.Context, exec graphql.GraphExecutor, opCtx *graphql.OperationContext, message string,
) *graphql.Response {
	ctx = graphql.WithOperationContext(ctx, opCtx)
	return dispatchError(ctx, exec, refuse(message).list())
}

// rootField returns the schema name of the first field that the operation selects, which for
// a subscription is its only one. It is empty when there is none.
func rootField(opCtx *graphql.OperationContext) string {
	return firstField(opCtx.Operation.SelectionSet)
}

func firstField(set ast.SelectionSet) string {
	for _, selection := range set {
		name := ""
		switch s := selection.(type) {
		case *ast.Field:
			name = s.Name
		case *ast.InlineFragment:
			name = firstField(s.SelectionSet)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				name = firstField(s.Definition.SelectionSet)
			}
		}
		if name != "" {
			return name
		}
	}
	return ""
}

// defers reports whether any part of the document may be answered later than the rest.
func defers(opCtx *graphql.OperationContext) bool {
	if !strings.Contains(opCtx.RawQuery, "defer") {
		return false
	}
	if defersIn(opCtx.Operation.SelectionSet, opCtx.Variables) {
		return true
	}
	for _, fragment := range opCtx.Doc.Fragments {
		if defersIn(fragment.SelectionSet, opCtx.Variables) {
			return true
		}
	}
	return false
}

func defersIn(set ast.SelectionSet, variables map[string]any) bool {
	for _, selection := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			inner = s.SelectionSet
		case *ast.InlineFragment:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives = s.Directives
		}
		if mayDefer(directives.ForName("defer"), variables) || defersIn(inner, variables) {
			return true
		}
	}
	return false
}

func mayDefer(directive *ast.Directive, variables map[string]any) bool {
	if directive == nil {
		return false
	}
	condition := directive.Arguments.ForName("if")
	if condition == nil {
		return true
	}
	value, err := condition.Value.Value(variables)
	return err != nil || value != false
}
