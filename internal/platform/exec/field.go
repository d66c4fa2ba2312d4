package exec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// ResolveField does what graphql.ResolveField does for a field without directives, and calls no field
// interceptors. It keeps none of the functions, so that they cost their callers no memory.
func ResolveField[T any](
	ctx context.Context,
	oc *graphql.OperationContext,
	field graphql.CollectedField,
	fieldContext func(ctx context.Context, field graphql.CollectedField) (*graphql.FieldContext, error),
	resolve func(ctx context.Context) (any, error),
	_ func(ctx context.Context, next graphql.Resolver) graphql.Resolver,
	marshal func(ctx context.Context, selections ast.SelectionSet, v T) graphql.Marshaler,
	recoverFromPanic bool,
	nonNull bool,
) (answer graphql.Marshaler) {
	fc, err := fieldContext(ctx, field)
	if err != nil {
		return graphql.Null // its arguments were refused, which has been said
	}
	ctx = graphql.WithFieldContext(ctx, fc)
	if recoverFromPanic {
		defer func() {
			if p := recover(); p != nil {
				oc.Error(ctx, oc.Recover(ctx, p))
				answer = graphql.Null
			}
		}()
	}
	resolved, err := resolve(ctx)
	if err != nil {
		oc.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
		return graphql.Null
	}
	if resolved == nil {
		if nonNull && !graphql.HasFieldError(ctx, fc) {
			graphql.AddErrorf(ctx, "must not be null")
		}
		return graphql.Null
	}
	switch v := resolved.(type) {
	case T:
		fc.Result = v
		return marshal(ctx, field.Selections, v)
	case graphql.Marshaler: //nolint:gocritic // what is a T is marshalled as a T, also when it could marshal itself
		fc.Result = v
		return v
	}
	graphql.AddErrorf(ctx, "unexpected type %T from middleware/directive chain, should be %T", resolved, *new(T))
	return graphql.Null
}

// Object is an object of the answer: what gqlgen collects its fields in, and what writes them.
type Object struct {
	graphql.FieldSet

	plan *Plan
	few  [8]graphql.Marshaler // the values of most objects, without an allocation of their own
}

// Object returns an object without values.
func (p *Plan) Object() *Object {
	o := &Object{plan: p}
	if n := len(p.Fields); n <= len(o.few) {
		o.Values = o.few[:n:n]
	} else {
		o.Values = make([]graphql.Marshaler, n)
	}
	return o
}

// MarshalGQL writes the object as JSON.
func (o *Object) MarshalGQL(w io.Writer) {
	separator := "{"
	for i, value := range o.Values {
		if !o.plan.known[i].first {
			continue
		}
		write(w, separator)
		write(w, o.plan.known[i].key)
		value.MarshalGQL(w)
		separator = ","
	}
	if separator == "{" {
		write(w, separator)
	}
	write(w, "}")
}

// Text is a field that holds text, to be written without a copy.
type Text string

// MarshalGQL writes the text as a JSON string, as graphql.MarshalString does.
func (t *Text) MarshalGQL(w io.Writer) {
	text := string(*t)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			graphql.MarshalString(text).MarshalGQL(w)
			return
		}
	}
	write(w, `"`)
	write(w, text)
	write(w, `"`)
}

// Int is a field that holds an integer, to be written without a copy.
type Int int

// MarshalGQL writes the integer in decimal, as graphql.MarshalInt does.
func (i *Int) MarshalGQL(w io.Writer) {
	var digits [20]byte
	if _, err := w.Write(strconv.AppendInt(digits[:0], int64(*i), 10)); err != nil {
		panic(fmt.Errorf("write an answer: %w", err))
	}
}

// ScalarFieldContext does what graphql.NewScalarFieldContext does, without making an error that nobody
// will see.
func ScalarFieldContext(object string, field graphql.CollectedField, isMethod, isResolver bool) (*graphql.FieldContext, error) {
	return &graphql.FieldContext{
		Object: object, Field: field, IsMethod: isMethod, IsResolver: isResolver, Child: noChild,
	}, nil
}

func noChild(_ context.Context, field graphql.CollectedField) (*graphql.FieldContext, error) {
	return nil, fmt.Errorf("a scalar has no field %s", field.Name)
}

// buffers are what answers are written in: an answer is copied out of one once its length is known.
var buffers = sync.Pool{New: func() any { return &bytes.Buffer{} }}

// maxBuffer is the largest buffer that is kept, in bytes.
const maxBuffer = 1 << 20

// Bytes writes an answer.
func Bytes(answer graphql.Marshaler) []byte {
	b := buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is kept there
	b.Reset()
	answer.MarshalGQL(b)
	data := bytes.Clone(b.Bytes())
	if b.Cap() <= maxBuffer {
		buffers.Put(b)
	}
	return data
}

// write writes text into the buffer of an answer, which never fails.
func write(w io.Writer, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		panic(fmt.Errorf("write an answer: %w", err))
	}
}
