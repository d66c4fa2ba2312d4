package limits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// TrustedDocuments runs only the documents of a list that the front end's build wrote. Use
// [LoadTrustedDocuments]; do not combine it with [PersistedQueries].
//
// A request names a document by `documentId` (with or without the prefix "sha256:"), by
// `extensions.persistedQuery.sha256Hash`, or sends its text unchanged.
type TrustedDocuments struct {
	byID   map[string]string
	hashes map[string]struct{} // of the texts
}

var (
	_ graphql.HandlerExtension          = (*TrustedDocuments)(nil)
	_ graphql.OperationParameterMutator = (*TrustedDocuments)(nil)
)

// idPrefix may stand before an id that is a SHA-256 (GraphQL over HTTP, appendix "Persisted
// Documents"). Ids are compared without it.
const idPrefix = "sha256:"

// manifestFormat marks the file that Apollo's tools write.
const manifestFormat = "apollo-persisted-query-manifest"

// LoadTrustedDocuments reads a list of documents: either an object from id to text, as Relay's
// compiler writes it, or a manifest of Apollo's `generate-persisted-query-manifest`.
func LoadTrustedDocuments(path string) (*TrustedDocuments, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("trusted documents: %w", err)
	}
	byID, err := parseManifest(data)
	if err != nil {
		return nil, fmt.Errorf("trusted documents in %s: %w", path, err)
	}
	t := &TrustedDocuments{byID: make(map[string]string, len(byID)), hashes: make(map[string]struct{}, len(byID))}
	for id, text := range byID {
		t.byID[strings.TrimPrefix(id, idPrefix)] = text
		t.hashes[hashOf(text)] = struct{}{}
	}
	return t, nil
}

func parseManifest(data []byte) (map[string]string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	byID := map[string]string{}
	var format string
	if raw, marked := fields["format"]; !marked || json.Unmarshal(raw, &format) != nil || format != manifestFormat {
		if err := json.Unmarshal(data, &byID); err != nil {
			return nil, err
		}
	} else if err := parseApollo(fields["operations"], byID); err != nil {
		return nil, err
	}
	for id, text := range byID {
		if id == "" || text == "" {
			return nil, errors.New("an id or a text is empty")
		}
	}
	if len(byID) == 0 {
		return nil, errors.New("the list is empty")
	}
	return byID, nil
}

func parseApollo(data json.RawMessage, byID map[string]string) error {
	var operations []struct {
		ID   string `json:"id"`
		Body string `json:"body"`
	}
	if err := json.Unmarshal(data, &operations); err != nil {
		return err
	}
	for _, op := range operations {
		byID[op.ID] = op.Body
	}
	return nil
}

// ExtensionName implements [graphql.HandlerExtension].
func (*TrustedDocuments) ExtensionName() string { return "TrustedDocuments" }

// Validate implements [graphql.HandlerExtension].
func (t *TrustedDocuments) Validate(graphql.ExecutableSchema) error {
	if len(t.byID) == 0 {
		return errors.New("limits: TrustedDocuments needs a list")
	}
	return nil
}

// MutateOperationParameters implements [graphql.OperationParameterMutator].
func (t *TrustedDocuments) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	id, named := documentID(params.Extensions)
	if !named {
		if _, listed := t.hashes[hashOf(params.Query)]; !listed {
			return notInList()
		}
		return nil
	}
	text, listed := t.byID[id]
	if !listed || params.Query != "" && params.Query != text {
		return notInList()
	}
	params.Query = text
	return nil
}

func notInList() *gqlerror.Error {
	return refuse(CodeDocumentNotInList, "This server runs only the documents of its own clients.")
}

// documentID reads the id that a request gives its document. The transport passes the
// parameter `documentId` on as an extension.
func documentID(extensions map[string]any) (id string, named bool) {
	if id, named = extensions["documentId"].(string); named {
		return strings.TrimPrefix(id, idPrefix), true
	}
	object, _ := extensions["persistedQuery"].(map[string]any)
	id, named = object["sha256Hash"].(string)
	return id, named
}
