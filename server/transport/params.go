package transport

import (
	"cmp"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// parseParams reads the parameters of a GraphQL request from a JSON object
// (GraphQL over HTTP §5.1 "Request Parameters").
func parseParams(data []byte) (*graphql.RawParams, *refusal) {
	value, err := decodeJSON(data)
	if err != nil {
		return nil, refuse("The request cannot be read: " + err.Error() + ".")
	}
	if _, batch := value.([]any); batch {
		return nil, refuse("Batches are not supported: send one operation per request.")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, refuse("The request must be a JSON object.")
	}
	return paramsOf(object)
}

// parseQueryString reads the parameters of a GET request, where `variables` and `extensions`
// are JSON texts (GraphQL over HTTP §5.3 "GET").
func parseQueryString(raw string) (*graphql.RawParams, *refusal) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse("The query string is malformed.")
	}
	object := map[string]any{}
	for _, name := range []string{"query", "operationName", "documentId", "variables", "extensions"} {
		texts := values[name]
		if len(texts) == 0 || texts[0] == "" {
			continue
		}
		if len(texts) > 1 {
			return nil, refuse("The parameter `" + name + "` was given twice.")
		}
		if !utf8.ValidString(texts[0]) || strings.IndexByte(texts[0], 0) >= 0 {
			return nil, refuse("The parameter `" + name + "` must be UTF-8 text without NUL.")
		}
		object[name] = texts[0]
		if name != "variables" && name != "extensions" {
			continue
		}
		if object[name], err = decodeJSON([]byte(texts[0])); err != nil {
			return nil, refuse("The parameter `" + name + "` cannot be read: " + err.Error() + ".")
		}
	}
	return paramsOf(object)
}

// paramsOf checks the types of the parameters. Unknown keys are ignored: the specification
// leaves them to the future.
func paramsOf(object map[string]any) (*graphql.RawParams, *refusal) {
	p := &graphql.RawParams{}
	var documentID string
	r := cmp.Or(
		take(object, "query", "a string", &p.Query),
		take(object, "operationName", "a string", &p.OperationName),
		take(object, "documentId", "a string", &documentID),
		take(object, "variables", "an object", &p.Variables),
		take(object, "extensions", "an object", &p.Extensions),
	)
	if r != nil {
		return nil, r
	}
	if documentID != "" {
		if p.Extensions == nil {
			p.Extensions = map[string]any{}
		}
		p.Extensions[ExtensionDocumentID] = documentID
	}
	if object["query"] == nil && documentID == "" && p.Extensions["persistedQuery"] == nil {
		return nil, refuse("The parameter `query` is missing.")
	}
	return p, nil
}

// take stores the parameter name in target, if it is there and not null.
func take[T any](object map[string]any, name, kind string, target *T) *refusal {
	value := object[name]
	if value == nil {
		return nil
	}
	typed, ok := value.(T)
	if !ok {
		return refuse("The parameter `" + name + "` must be " + kind + ".")
	}
	*target = typed
	return nil
}
