package limits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// PersistedQueries lets a client send the SHA-256 of a document instead of its text once the
// server has seen the text (Apollo's automatic persisted queries, protocol version 1).
//
// gqlgen's extension stores any text, valid or not, of any length, and has errors without a
// code. This one stores a document only after it was validated, and its cache is bounded.
type PersistedQueries struct {
	// Documents maps a hash to a text. Use [NewDocumentCache].
	Documents graphql.Cache[string]
}

var (
	_ graphql.HandlerExtension          = PersistedQueries{}
	_ graphql.OperationParameterMutator = PersistedQueries{}
	_ graphql.OperationContextMutator   = PersistedQueries{}
)

// ExtensionName implements [graphql.HandlerExtension].
func (PersistedQueries) ExtensionName() string { return "PersistedQueries" }

// Validate implements [graphql.HandlerExtension].
func (p PersistedQueries) Validate(graphql.ExecutableSchema) error {
	if p.Documents == nil {
		return errors.New("limits: PersistedQueries needs a document cache")
	}
	return nil
}

// MutateOperationParameters finds the text for a hash, or checks that text and hash agree.
func (p PersistedQueries) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	hash, given, err := persistedHash(params.Extensions)
	if err != nil || !given {
		return err
	}
	if params.Query == "" {
		text, known := p.Documents.Get(ctx, hash)
		if !known { // the client sends the text next; both words are the protocol's
			return refuse(CodeDocumentNotFound, "PersistedQueryNotFound")
		}
		params.Query = text
		return nil
	}
	if hashOf(params.Query) != hash {
		return refuse(CodeInvalidArgument, "`sha256Hash` is not the hash of the query.")
	}
	return nil
}

// MutateOperationContext stores the document, which is valid by now.
func (p PersistedQueries) MutateOperationContext(ctx context.Context, opCtx *graphql.OperationContext) *gqlerror.Error {
	hash, given, err := persistedHash(opCtx.Extensions)
	if err != nil || !given {
		return err
	}
	if _, known := p.Documents.Get(ctx, hash); !known {
		p.Documents.Add(ctx, hash, opCtx.RawQuery)
	}
	return nil
}

// persistedHash reads `extensions.persistedQuery`.
func persistedHash(extensions map[string]any) (hash string, given bool, err *gqlerror.Error) {
	value, given := extensions["persistedQuery"]
	if !given || value == nil {
		return "", false, nil
	}
	object, _ := value.(map[string]any)
	if version(object["version"]) != 1 {
		return "", false, refuse(CodeInvalidArgument, "`persistedQuery.version` must be 1.")
	}
	hash, _ = object["sha256Hash"].(string)
	if len(hash) != hex.EncodedLen(sha256.Size) {
		return "", false, refuse(CodeInvalidArgument, "`persistedQuery.sha256Hash` must be a SHA-256 in hexadecimal.")
	}
	return hash, true, nil
}

// version reads a number that came out of JSON, and is 0 for anything else.
func version(value any) float64 {
	switch n := value.(type) {
	case float64:
		return n
	case json.Number:
		f, _ := n.Float64() // 0 when it is out of range
		return f
	default:
		return 0
	}
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
