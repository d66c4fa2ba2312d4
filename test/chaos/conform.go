package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Error is an error of an answer.
type Error struct {
	Message    string         `json:"message"`
	Locations  []any          `json:"locations"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// Code returns what programs go by.
func (e Error) Code() string {
	code, _ := e.Extensions["code"].(string)
	return code
}

// Answer is a response with its order of fields.
type Answer struct {
	HasData bool
	Data    any // *Object, or nil
	Errors  []Error
}

// Object is a JSON object in the order in which it was written.
type Object struct {
	Keys   []string
	Values map[string]any
}

// ReadAnswer reads a response; what is no response is an error.
func ReadAnswer(text []byte) (Answer, error) {
	var parts struct {
		Data       *json.RawMessage `json:"data"`
		Errors     *[]Error         `json:"errors"`
		Extensions map[string]any   `json:"extensions"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&parts); err != nil {
		return Answer{}, fmt.Errorf("no response: %w", err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return Answer{}, err
	}
	a := Answer{}
	_, a.HasData = keys["data"]
	if parts.Errors != nil {
		if a.Errors = *parts.Errors; len(a.Errors) == 0 {
			return a, errors.New("an empty list of errors")
		}
	}
	if !a.HasData {
		return a, nil
	}
	in := json.NewDecoder(bytes.NewReader(keys["data"]))
	in.UseNumber()
	var err error
	a.Data, err = readValue(in)
	return a, err
}

// readValue reads JSON, objects as [*Object].
func readValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := &Object{Values: map[string]any{}}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			if slices.Contains(o.Keys, name) {
				return nil, fmt.Errorf("the key %q twice", name)
			}
			o.Keys = append(o.Keys, name)
			if o.Values[name], err = readValue(d); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			item, err := readValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.Token()
		return list, err
	default:
		return token, nil
	}
}

// Conforms returns what is wrong with an answer to an operation: data that the schema or the document does
// not allow, or that the errors do not explain. Errors need not be complete, their list may be cut.
func Conforms(schema *ast.Schema, op Operation, a Answer) error {
	if !a.HasData || a.Data == nil {
		if len(a.Errors) == 0 {
			return errors.New("neither data nor errors")
		}
		return nil
	}
	document, invalid := gqlparser.LoadQueryWithRules(schema, op.Query, rules.NewDefaultRules())
	if invalid != nil {
		return fmt.Errorf("data for an invalid document: %w", invalid)
	}
	operation := document.Operations.ForName(op.OperationName)
	root := map[ast.Operation]*ast.Definition{
		ast.Query: schema.Query, ast.Mutation: schema.Mutation, ast.Subscription: schema.Subscription,
	}[operation.Operation]
	c := conformity{schema: schema, variables: op.Variables, errors: a.Errors}
	c.object(root, []ast.SelectionSet{operation.SelectionSet}, a.Data, nil)
	for _, e := range a.Errors {
		if len(e.Path) > 0 && !endsInNull(a.Data, e.Path) {
			c.complain(e.Path, "an error where there is a value: %s", e.Message)
		}
	}
	return errors.Join(c.found...)
}

// endsInNull reports whether null stands at the path or above it.
func endsInNull(value any, path []any) bool {
	for _, step := range path {
		switch v := value.(type) {
		case nil:
			return true
		case *Object:
			name, _ := step.(string)
			value = v.Values[name]
		case []any:
			i, ok := step.(float64)
			if !ok || int(i) >= len(v) {
				return false
			}
			value = v[int(i)]
		default:
			return false
		}
	}
	return value == nil
}

// conformity is a check under way.
type conformity struct {
	schema    *ast.Schema
	variables map[string]any
	errors    []Error
	found     []error
}

func (c *conformity) complain(path []any, format string, args ...any) {
	c.found = append(c.found, fmt.Errorf("%v: "+format, append([]any{path}, args...)...))
}

// selected is a field of an object with all that is selected of it.
type selected struct {
	key    string
	fields []*ast.Field
}

func (c *conformity) object(d *ast.Definition, sets []ast.SelectionSet, value any, path []any) {
	o, ok := value.(*Object)
	if !ok {
		c.complain(path, "a %s is %T", d.Name, value)
		return
	}
	if d.IsAbstractType() {
		name, _ := o.Values["__typename"].(string)
		if d = c.schema.Types[name]; d == nil {
			c.complain(path, "no __typename")
			return
		}
	}
	var want []selected
	for _, set := range sets {
		want = c.collect(d, set, want)
	}
	var keys []string
	for _, s := range want {
		keys = append(keys, s.key)
	}
	if !slices.Equal(keys, o.Keys) {
		c.complain(path, "has %v, not %v", o.Keys, keys)
		return
	}
	for _, s := range want {
		at := append(slices.Clone(path), s.key)
		if s.fields[0].Name == "__typename" {
			if o.Values[s.key] != d.Name {
				c.complain(at, "is %v, not %s", o.Values[s.key], d.Name)
			}
			continue
		}
		var below []ast.SelectionSet
		for _, f := range s.fields {
			below = append(below, f.SelectionSet)
		}
		c.value(s.fields[0].Definition.Type, below, o.Values[s.key], at)
	}
	if strings.HasSuffix(d.Name, "Payload") {
		c.payload(want, o, path)
	}
}

// collect adds the fields of a set that hold for an object of type d, in order (GraphQL §6.3.2).
func (c *conformity) collect(d *ast.Definition, set ast.SelectionSet, into []selected) []selected {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if !c.included(s.Directives) {
				continue
			}
			i := slices.IndexFunc(into, func(o selected) bool { return o.key == s.Alias })
			if i < 0 {
				into = append(into, selected{key: s.Alias, fields: []*ast.Field{s}})
			} else {
				into[i].fields = append(into[i].fields, s)
			}
		case *ast.InlineFragment:
			if c.included(s.Directives) && c.applies(s.TypeCondition, d) {
				into = c.collect(d, s.SelectionSet, into)
			}
		case *ast.FragmentSpread:
			if c.included(s.Directives) && c.applies(s.Definition.TypeCondition, d) {
				into = c.collect(d, s.Definition.SelectionSet, into)
			}
		}
	}
	return into
}

func (c *conformity) included(directives ast.DirectiveList) bool {
	holds := func(name string) (value, given bool) {
		directive := directives.ForName(name)
		if directive == nil {
			return false, false
		}
		v, _ := directive.Arguments.ForName("if").Value.Value(c.variables)
		value, _ = v.(bool)
		return value, true
	}
	skip, _ := holds("skip")
	include, given := holds("include")
	return !skip && (include || !given)
}

func (c *conformity) applies(condition string, d *ast.Definition) bool {
	return condition == "" || condition == d.Name ||
		slices.ContainsFunc(c.schema.PossibleTypes[condition], func(p *ast.Definition) bool { return p.Name == d.Name })
}

func (c *conformity) value(t *ast.Type, below []ast.SelectionSet, value any, path []any) {
	if value == nil {
		if t.NonNull {
			c.complain(path, "null, and it is %s", t)
		}
		return
	}
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			c.complain(path, "no list but %T", value)
			return
		}
		for i, item := range list {
			c.value(t.Elem, below, item, append(slices.Clone(path), i))
		}
		return
	}
	d := c.schema.Types[t.NamedType]
	if d.IsCompositeType() {
		c.object(d, below, value, path)
		return
	}
	if err := leaf(d, value); err != nil {
		c.complain(path, "%v is no %s: %w", value, d.Name, err)
	}
}

// leaf returns why value is none of the type.
func leaf(d *ast.Definition, value any) error {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	var err error
	switch {
	case d.Kind == ast.Enum:
		if d.EnumValues.ForName(text) == nil {
			err = errors.New("not of this enum")
		}
		return err
	case d.Name == "JSON":
		return nil
	case d.Name == "Boolean":
		if _, ok := value.(bool); !ok {
			err = errors.New("not true or false")
		}
		return err
	case d.Name == "Int":
		var n int64
		if n, err = number.Int64(); err == nil && (n > 1<<31-1 || n < -1<<31) {
			err = errors.New("out of range")
		}
		return err
	case d.Name == "Float":
		_, err = number.Float64()
		return err
	case !isText || isNumber:
		return errors.New("not a text")
	}
	switch d.Name {
	case "DateTime":
		if _, err = time.Parse(time.RFC3339Nano, text); err == nil && !strings.HasSuffix(text, "Z") {
			err = errors.New("not in UTC")
		}
	case "Date":
		_, err = time.Parse(time.DateOnly, text)
	case "URL":
		_, err = url.Parse(text)
	case "ID", "Cursor":
		if text == "" {
			err = io.ErrUnexpectedEOF
		}
	}
	return err
}

// payload holds that the noun of a payload is null exactly when the change was refused.
func (c *conformity) payload(fields []selected, o *Object, path []any) {
	var refusals, noun *selected
	for i := range fields {
		switch fields[i].fields[0].Name {
		case "userErrors":
			refusals = &fields[i]
		case "__typename":
		case "guestToken": // of startCounselSession: for a guest who had none
		default:
			noun = &fields[i]
		}
	}
	if refusals == nil || noun == nil || slices.ContainsFunc(c.errors, func(e Error) bool { return len(e.Path) > len(path) }) {
		return
	}
	list, _ := o.Values[refusals.key].([]any)
	if (o.Values[noun.key] == nil) != (len(list) > 0) {
		c.complain(path, "%s is %v with %d refusals", noun.key, o.Values[noun.key], len(list))
	}
}
