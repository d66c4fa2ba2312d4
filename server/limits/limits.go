// Package limits bounds what one GraphQL operation may ask for, as extensions of gqlgen's
// handler.
//
// gqlgen parses and validates a document before any extension sees it, so the parser's token
// limit (Server.SetParserTokenLimit, about 2,000) is the first wall: without it, field merging
// alone makes a megabyte of text cost minutes. What is behind the wall is measured here.
//
// Every refusal is a request error with a stable code and a message that names the limit, what
// was found and what to do.
package limits

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/moa-bff/moa/internal/platform/fault"
)

// Values of `extensions.code` that this package sets. The two about persisted documents are
// those that Apollo's clients and router use.
const (
	CodeInvalidArgument   = string(fault.CodeInvalidArgument)
	CodeForbidden         = string(fault.CodeForbidden)
	CodeDocumentNotFound  = "PERSISTED_QUERY_NOT_FOUND"
	CodeDocumentNotInList = "PERSISTED_QUERY_NOT_IN_LIST"
)

// maxTokens is how far a document is read for repetitions. The parser's own limit, which the
// server sets, is lower.
const maxTokens = 10_000

// Operation refuses operations that ask for too much. Fragments count wherever they are
// spread. The zero value has the default limits.
type Operation struct {
	// MaxDepth bounds how deep fields are nested, leaves included. Defaults to 15, which is
	// exactly what GraphiQL's introspection query needs.
	MaxDepth int
	// MaxAliases bounds the number of aliased fields. Defaults to 30.
	MaxAliases int
	// MaxRootFields bounds the fields of the root type. Defaults to 20.
	MaxRootFields int
	// MaxDirectives bounds the number of directives. Defaults to 50.
	MaxDirectives int
	// MaxRepeats bounds how often one name is written in a document. The validation rule that
	// merges fields compares each pair of equal names: 2,000 of them cost a sixth of a second.
	// Defaults to 200.
	MaxRepeats int
	// MaxCost bounds the estimated number of fields in the answer: each field counts 1, and
	// what is below a field whose type is a connection counts once for each item of the page.
	// Defaults to 20,000.
	MaxCost int
	// DefaultPageSize is the size of a page that the operation does not state. Defaults to 20.
	DefaultPageSize int
	// MaxPageSize is the size of the largest page that resolvers return; asking for more costs
	// no more. Defaults to 100.
	MaxPageSize int
}

var (
	_ graphql.HandlerExtension          = Operation{}
	_ graphql.OperationParameterMutator = Operation{}
	_ graphql.OperationContextMutator   = Operation{}
)

// ExtensionName implements [graphql.HandlerExtension].
func (Operation) ExtensionName() string { return "OperationLimits" }

// Validate implements [graphql.HandlerExtension].
func (Operation) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements [graphql.OperationParameterMutator]. It runs before
// parsing and changes nothing.
func (o Operation) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	o = o.withDefaults()
	if name := repeated(params.Query, o.MaxRepeats); name != "" {
		return refuse(CodeInvalidArgument, "This document writes `%.40s` more than %d times: use fragments, or split the operation.",
			name, o.MaxRepeats)
	}
	return nil
}

// repeated returns a name that text holds more than limit times, or "". It stops where the
// text is no GraphQL, or longer than any document that the parser takes.
func repeated(text string, limit int) string {
	if len(text) <= 2*limit { // a name and what divides it from the next
		return ""
	}
	lex := lexer.New(&ast.Source{Input: text})
	counts := map[string]int{}
	for range maxTokens {
		token, err := lex.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return ""
		}
		if token.Kind != lexer.Name {
			continue
		}
		if counts[token.Value]++; counts[token.Value] > limit {
			return token.Value
		}
	}
	return ""
}

// MutateOperationContext implements [graphql.OperationContextMutator]. It runs after
// validation and changes nothing.
func (o Operation) MutateOperationContext(_ context.Context, opCtx *graphql.OperationContext) *gqlerror.Error {
	if err := oneStream(opCtx); err != nil {
		return err
	}
	o = o.withDefaults()
	found := newMeter(o, opCtx).operation(opCtx.Operation)
	for _, l := range []struct {
		name    string
		found   int
		maximum int
		advice  string
	}{
		{"levels of nesting", found.depth, o.MaxDepth, "ask for less at once, or go on from an id in a second operation"},
		{"aliases", found.aliases, o.MaxAliases, "split the operation, or pass a list of ids to one field"},
		{"root fields", found.fields, o.MaxRootFields, "split the operation"},
		{"directives", found.directives, o.MaxDirectives, "split the operation"},
		{"points of cost", found.cost, o.MaxCost, "ask for smaller pages (first, last) or for fewer fields inside connections"},
	} {
		if l.found > l.maximum {
			return refuse(CodeInvalidArgument, "This operation has %d %s, and %d is the limit: %s.",
				l.found, l.name, l.maximum, l.advice)
		}
	}
	return nil
}

func (o Operation) withDefaults() Operation {
	for _, limit := range []struct {
		value    *int
		fallback int
	}{
		{&o.MaxDepth, 15},
		{&o.MaxAliases, 30},
		{&o.MaxRootFields, 20},
		{&o.MaxDirectives, 50},
		{&o.MaxRepeats, 200},
		{&o.MaxCost, 20_000},
		{&o.DefaultPageSize, 20},
		{&o.MaxPageSize, 100},
	} {
		if *limit.value <= 0 {
			*limit.value = limit.fallback
		}
	}
	return o
}

// refuse returns a request error.
func refuse(code, format string, args ...any) *gqlerror.Error {
	err := &gqlerror.Error{Message: fmt.Sprintf(format, args...)}
	errcode.Set(err, code)
	return err
}
