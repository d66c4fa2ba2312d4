package limits

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// oneStream refuses a subscription that asks for no live field or for several (GraphQL §5.2.3.1). Validation
// sees what is written, and not what @skip and @include leave of it; the executor would call the rest its
// own mistake.
func oneStream(opCtx *graphql.OperationContext) *gqlerror.Error {
	if opCtx.Operation.Operation != ast.Subscription {
		return nil
	}
	fields := graphql.CollectFields(opCtx, opCtx.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) == 1 && !strings.HasPrefix(fields[0].Name, "__") {
		return nil
	}
	return refuse(CodeInvalidArgument, "A subscription asks for exactly one live field.")
}
