// Package integration keeps the accounts that stores have at platforms outside, with the credentials that read
// them. A credential is encrypted in its row and is opened for whoever reads the account, and for nobody else.
package integration

import (
	"context"
	"log/slog"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/vault"
)

// The topics of the events of integrations. Their key and subject is the id of the integration, their payload
// [Changed].
const (
	TopicConnected    = "integration.connected"
	TopicDisconnected = "integration.disconnected"
)

// Changed is the payload of the events of integrations.
type Changed struct {
	IntegrationID string               `json:"integrationId"`
	StoreID       string               `json:"storeId"`
	Platform      integration.Platform `json:"platform"`
}

// Deps are what integrations stand on. All of it is needed unless a field says otherwise.
type Deps struct {
	DB     *db.DB
	Events *event.Log
	Vault  *vault.Vault
	// GA4 asks Google Analytics 4; nil where nothing is read from there, so that nothing can be connected.
	GA4 *ga4.Client
	// Now is the clock. Defaults to [time.Now].
	Now func() time.Time
	// Logger hears of what platforms refuse. Defaults to no log.
	Logger *slog.Logger
}

// Service connects stores to platforms.
type Service struct{ deps Deps }

// New returns the service. It starts nothing.
func New(deps Deps) *Service {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{deps}
}

// ConnectInput is an account and the credential that reads it.
type ConnectInput struct {
	StoreID    string
	Platform   integration.Platform
	Account    string
	Credential vault.Secret
}

// Filter says which integrations to list.
type Filter struct {
	StoreID  *string
	Platform *integration.Platform
}

// Connection is a page of integrations.
type Connection = page.Connection[*ent.Integration]

// Edge is an integration in a list.
type Edge = page.Edge[*ent.Integration]

// bound returns what a credential belongs to: it opens in no other store's row.
func bound(storeID string, platform integration.Platform) []string {
	return []string{"integration.credential", storeID, string(platform)}
}

// open returns the credential of a row.
func (s *Service) open(ctx context.Context, row *ent.Integration) (vault.Secret, error) {
	return s.deps.Vault.OpenSecret(ctx, row.Credential, bound(row.StoreID, row.Platform)...)
}
