package chaos_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/test/chaos"
)

// codes are all that a client may ever see beside INTERNAL, which nothing that a client does may cause.
var codes = []string{
	"UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED", "INVALID_ARGUMENT", "UNAVAILABLE",
	"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "PERSISTED_QUERY_NOT_FOUND",
}

// judge looks at every answer. What is wrong is collected, so that the others go on.
type judge struct {
	schema *ast.Schema

	mu       sync.Mutex
	wrong    []string
	counts   map[string]int // operations by way, kind and outcome; codes; refusals
	answered map[string]int // root fields that were answered with a value
}

// most findings are repetitions of the first few.
const maxFindings = 20

func (j *judge) complain(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.wrong) < maxFindings {
		j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
	}
}

func (j *judge) tally(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[name]++
}

// response judges a response to an operation, nil for one that was none, and returns it.
func (j *judge) response(op *chaos.Operation, text []byte) chaos.Answer {
	a, err := chaos.ReadAnswer(text)
	if err != nil {
		j.complain("%v\n%s\n%.2000s", err, show(op), text)
		return a
	}
	j.errors(op, a.Errors)
	if op == nil {
		if a.HasData && a.Data != nil {
			j.complain("data for what is no operation: %.2000s", text)
		}
		return a
	}
	if err := chaos.Conforms(j.schema, *op, a); err != nil {
		j.complain("%v\n%s\n%.3000s", err, show(op), text)
	}
	if o, ok := a.Data.(*chaos.Object); ok {
		j.mu.Lock()
		defer j.mu.Unlock()
		for name, value := range o.Values {
			if value != nil {
				j.answered[name]++
			}
			j.refusals(value)
		}
	}
	return a
}

// refusals counts the codes of userErrors. It needs the lock.
func (j *judge) refusals(payload any) {
	o, ok := payload.(*chaos.Object)
	if !ok {
		return
	}
	list, _ := o.Values["userErrors"].([]any)
	for _, item := range list {
		if refusal, ok := item.(*chaos.Object); ok && refusal.Values["code"] != nil {
			j.counts[fmt.Sprintf("refusal %v", refusal.Values["code"])]++
		}
	}
}

// errors holds that each error is complete and has a code that is promised.
func (j *judge) errors(op *chaos.Operation, errs []chaos.Error) {
	for _, e := range errs {
		j.tally("code " + e.Code())
		id, _ := e.Extensions["requestId"].(string)
		if !slices.Contains(codes, e.Code()) || e.Message == "" || id == "" {
			j.complain("the error %+v\n%s", e, show(op))
		}
	}
}

// report says what happened, the most frequent last.
func (j *judge) report() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(j.counts)) {
		fmt.Fprintf(&b, "%8d %s\n", j.counts[name], name)
	}
	return b.String()
}

func show(op *chaos.Operation) string {
	if op == nil {
		return "no operation"
	}
	text, err := json.Marshal(op)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
