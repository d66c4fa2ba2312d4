package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/graph"
	"github.com/moa-bff/moa/internal/platform/cache"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/obs"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/loaders"
	"github.com/moa-bff/moa/resolvers"
	"github.com/moa-bff/moa/server/cached"
	"github.com/moa-bff/moa/server/limits"
	"github.com/moa-bff/moa/server/live"
	"github.com/moa-bff/moa/server/timeout"
	"github.com/moa-bff/moa/server/transport"
)

// The sizes of the caches of documents, in entries and in bytes of one document.
const (
	cachedDocuments   = 2_000
	maxCachedDocument = 20_000
)

// frontDoor is what the GraphQL endpoint is made of.
type frontDoor struct {
	config   config.Config
	resolver *resolvers.Resolver
	sources  loaders.Sources
	identity identity
	origins  origins
	present  presenter
	metrics  *obs.Metrics
	sessions *transport.Sessions
	ledger   *reads.Ledger
	shared   cache.Cache // nil for nobody to share answers with
}

// handler returns the endpoint: the executor with its limits, and the transports in front.
func (d frontDoor) handler() (http.Handler, error) {
	schema := graph.NewExecutableSchema(graph.Config{
		Resolvers:  d.resolver,
		Directives: graph.DirectiveRoot{Auth: requireRole},
	})
	server := handler.New(schema)
	server.SetErrorPresenter(d.present.present)
	server.SetRecoverFunc(recovered)
	if err := d.limit(server); err != nil {
		return nil, err
	}
	hub, err := live.NewHub(d.panicked)
	if err != nil {
		return nil, err
	}
	server.AroundOperations(d.operation(hub))
	server.AroundResponses(d.response)
	if err := d.keep(server, schema.Schema()); err != nil {
		return nil, err
	}
	d.listen(server)
	return server, nil
}

// keep answers public queries from kept answers, unless there is no room for any.
func (d frontDoor) keep(server *handler.Server, schema *ast.Schema) error {
	if d.config.ResponseCache == 0 {
		return nil
	}
	answers, err := cached.New(cached.Options{
		Schema: schema, Ledger: d.ledger, Shared: d.shared, MaxBytes: d.config.ResponseCache,
		Visible: !d.config.IsProduction(), OnHit: d.metrics.CacheHit, OnMiss: d.metrics.CacheMiss,
	})
	if err != nil {
		return err
	}
	server.AroundResponses(answers.Intercept)
	return nil
}

// limit bounds what clients can ask for.
func (d frontDoor) limit(server *handler.Server) error {
	l := d.config.Limits
	queries, err := limits.NewQueryCache(cachedDocuments, maxCachedDocument)
	if err != nil {
		return err
	}
	documents, err := limits.NewDocumentCache(cachedDocuments, maxCachedDocument)
	if err != nil {
		return err
	}
	server.SetQueryCache(queries)
	server.SetParserTokenLimit(l.Tokens)
	server.Use(newRates(l, d.present.present))
	if d.config.TrustedDocuments == "" {
		server.Use(limits.PersistedQueries{Documents: documents})
	} else {
		trusted, err := limits.LoadTrustedDocuments(d.config.TrustedDocuments)
		if err != nil {
			return err
		}
		server.Use(trusted)
	}
	server.Use(limits.Operation{MaxDepth: l.Depth, MaxAliases: l.Aliases, MaxCost: l.Cost})
	server.Use(limits.Introspection{Allow: !d.config.IsProduction()})
	if d.config.IsProduction() {
		limits.DisableSuggestions(server)
	}
	return nil
}

// listen adds the transports; the first that supports a request takes it.
func (d frontDoor) listen(server *handler.Server) {
	l, live := d.config.Limits, d.config.Live
	server.AddTransport(transport.WebSocket{
		Sessions:         d.sessions,
		CheckOrigin:      d.origins.allow,
		Init:             d.identity.initialize,
		Alive:            d.identity.alive,
		InitTimeout:      l.InitTimeout,
		KeepAlive:        live.KeepAlive,
		MaxMessage:       l.Body,
		MaxSubscriptions: l.Subscriptions,
	})
	server.AddTransport(transport.SSE{
		Sessions:  d.sessions,
		MaxBody:   l.Body,
		KeepAlive: live.KeepAlive,
		Alive:     d.identity.alive,
	})
	server.AddTransport(transport.HTTP{MaxBody: l.Body})
}

// requireRole is the @auth directive.
func requireRole(ctx context.Context, _ any, next graphql.Resolver, role user.Role) (any, error) {
	who, err := viewer.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !who.Has(role) {
		return nil, fault.Forbidden
	}
	return next(ctx)
}

// tokenless are the fields that work with a token that has run out: they are the way to a new one.
var tokenless = []string{"signUp", "signIn", "refreshSession", "signOut", "__typename"}

// operation refuses operations under a refused token, so that a client learns that it must refresh
// instead of being served as a guest, and leads each kind its way.
func (d frontDoor) operation(hub *live.Hub) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		op := graphql.GetOperationContext(ctx).Operation
		if err := refused(ctx); err != nil && !needsNoToken(op) {
			return graphql.OneShot(finish(ctx, &graphql.Response{Errors: gqlerror.List{d.present.present(ctx, err)}}))
		}
		switch op.Operation {
		case ast.Subscription:
			return hub.Intercept(ctx, func(ctx context.Context) graphql.ResponseHandler { return d.finishOperation(ctx, next) })
		case ast.Mutation: // who signs in does so for this operation: others run on the same socket
			ctx = viewer.With(ctx, viewer.From(ctx))
		}
		return next(ctx)
	}
}

// finishOperation completes the errors of a subscription that was refused before its first event, which
// the executor answers past the response middleware, and says why a stream ended that did not end by
// itself. It runs inside the sharing of executions.
func (d frontDoor) finishOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	ctx, why := fault.WatchEnd(ctx)
	handler, told := next(ctx), false
	return func(ctx context.Context) *graphql.Response {
		answer := finish(ctx, handler(ctx))
		if answer != nil || told || ctx.Err() != nil || why() == nil {
			return answer
		}
		told = true
		return finish(ctx, &graphql.Response{Errors: gqlerror.List{d.present.present(ctx, why())}})
	}
}

func needsNoToken(operation *ast.OperationDefinition) bool {
	for _, selection := range operation.SelectionSet {
		field, ok := selection.(*ast.Field)
		if !ok || !slices.Contains(tokenless, field.Name) {
			return false
		}
	}
	return true
}

// response runs around each answer, and around each event of a live field: fresh loaders, a time
// limit, complete errors, metrics.
func (d frontDoor) response(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	start := time.Now()
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		d.metrics.Operation("", "invalid", "refused", time.Since(start))
		return finish(ctx, next(ctx))
	}
	op := graphql.GetOperationContext(ctx).Operation
	ctx = loaders.With(ctx, d.sources)
	if op.Operation == ast.Subscription {
		return d.event(ctx, op, next)
	}
	ctx, cancel := timeout.With(ctx, d.config.Limits.Operation)
	defer cancel()
	answer := finish(ctx, next(ctx))
	d.metrics.Operation(op.Name, string(op.Operation), outcome(answer), time.Since(start))
	return answer
}

// event waits for and answers one event of a live field.
func (d frontDoor) event(ctx context.Context, op *ast.OperationDefinition, next graphql.ResponseHandler) *graphql.Response {
	answer := finish(ctx, next(ctx))
	if answer == nil {
		d.metrics.Operation(op.Name, string(op.Operation), "ended", 0)
		return nil
	}
	rooted(graphql.GetOperationContext(ctx), answer)
	if field, ok := firstField(op); ok {
		d.metrics.LiveExecution(field)
	}
	return answer
}

// rooted lets the errors of an event begin at its root field, and null reach the root where that field cannot
// be null (GraphQL §6.4.4): the executor knows neither for subscriptions.
func rooted(opCtx *graphql.OperationContext, answer *graphql.Response) {
	fields := graphql.CollectFields(opCtx, opCtx.Operation.SelectionSet, []string{"Subscription"})
	if len(answer.Errors) == 0 || len(answer.Data) == 0 || len(fields) != 1 {
		return
	}
	root := fields[0]
	for _, err := range answer.Errors {
		if len(err.Path) == 0 || err.Path[0] != ast.PathName(root.Alias) {
			err.Path = append(ast.Path{ast.PathName(root.Alias)}, err.Path...)
		}
	}
	if root.Definition.Type.NonNull && string(answer.Data) == `{"`+root.Alias+`":null}` {
		answer.Data = []byte("null")
	}
}

// panicked phrases a panic outside of any resolver.
func (d frontDoor) panicked(ctx context.Context, value any) *graphql.Response {
	return finish(ctx, &graphql.Response{Errors: gqlerror.List{d.present.present(ctx, recovered(ctx, value))}})
}

func firstField(op *ast.OperationDefinition) (string, bool) {
	for _, selection := range op.SelectionSet {
		if field, ok := selection.(*ast.Field); ok {
			return field.Name, true
		}
	}
	return "", false
}

// outcome names the result of an operation for the metrics: ok, or the code of its first error.
func outcome(answer *graphql.Response) string {
	if answer == nil || len(answer.Errors) == 0 {
		return "ok"
	}
	code, _ := answer.Errors[0].Extensions["code"].(string)
	return strings.ToLower(code)
}
