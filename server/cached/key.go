package cached

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/text/language"
)

// key is equal for questions that have one answer.
type key [sha256.Size]byte

// keyOf hashes everything that an answer depends on beside the rows and who asks. JSON keeps the parts
// apart and the variables in order.
func keyOf(op *graphql.OperationContext, in language.Tag) (key, error) {
	text := make([]byte, 0, len(op.RawQuery)+len(op.OperationName)+64)
	text = append(text, in.String()...)
	text = append(text, 0)
	text = append(text, op.OperationName...)
	text = append(text, 0)
	if len(op.Variables) > 0 {
		variables, err := json.Marshal(op.Variables)
		if err != nil {
			return key{}, err
		}
		text = append(text, variables...)
	}
	text = append(text, 0)
	text = append(text, op.RawQuery...)
	return sha256.Sum256(text), nil
}
