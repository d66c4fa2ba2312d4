package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	entintegration "github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/trino"
	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/internal/integration"
	"github.com/moa-bff/moa/internal/platform/obs"
)

// sourceRows is how many rows a source may answer with: one more than a question may have groups, so that the
// question is refused, and not cut.
const sourceRows = dashboard.MaxGroups + 1

// buildSources makes the clients of the sources outside, where they are configured, and who keeps their credentials.
func (a *App) buildSources() error {
	var err error
	if a.config.Trino.URL != "" {
		a.trino, err = trino.New(trino.Options{
			URL: a.config.Trino.URL, MaxRows: sourceRows, Timeout: a.config.Trino.Timeout, Logger: a.logger,
		})
		if err != nil {
			return fmt.Errorf("MOA_TRINO_URL: %w", err)
		}
		a.closers = append(a.closers, a.trino.Close)
	}
	if a.config.GA4.URL != "" {
		a.ga4, err = ga4.New(ga4.Options{
			URL: a.config.GA4.URL, TokenURL: a.config.GA4.TokenURL, MaxRows: sourceRows, Timeout: a.config.GA4.Timeout,
		})
		if err != nil {
			return fmt.Errorf("MOA_GA4_URL, MOA_GA4_TOKEN_URL: %w", err)
		}
		a.closers = append(a.closers, a.ga4.Close)
	}
	a.integrations = integration.New(integration.Deps{DB: a.db, Events: a.events, Vault: a.vault, GA4: a.ga4, Logger: a.logger})
	a.vault.Register("credentials of outside platforms", a.integrations.Reseal)
	return nil
}

// warehouse returns how Trino is asked; nil where it is not configured.
func (a *App) warehouse() dashboard.Warehouse {
	if a.trino == nil {
		return nil
	}
	return func(ctx context.Context, statement string, args []any, row func(values []any) error) error {
		_, err := a.trino.Query(ctx, statement, args, row)
		a.metrics.SourceCall("trino", sourceOutcome(err))
		return bounded(err)
	}
}

// analytics returns how Google Analytics 4 is asked; nil where it is not configured.
func (a *App) analytics() *dashboard.Analytics {
	if a.ga4 == nil {
		return nil
	}
	return &dashboard.Analytics{
		Stores: func(ctx context.Context, ownerID string) ([]string, error) {
			return a.integrations.Stores(ctx, entintegration.PlatformGA4, ownerID)
		},
		Run: a.report,
	}
}

// report asks the property of a store, as the store's own credential. A store that was disconnected a moment ago
// has nothing to tell.
func (a *App) report(ctx context.Context, storeID string, r dashboard.Report, row func(dimensions, metrics []string) error) (dashboard.Quality, error) {
	account, err := a.integrations.Open(ctx, entintegration.PlatformGA4, storeID)
	if errors.Is(err, integration.ErrNotFound) {
		return dashboard.Quality{}, nil
	}
	if err != nil {
		return dashboard.Quality{}, err
	}
	credential, err := ga4.Read([]byte(account.Credential.Reveal()))
	if err != nil {
		return dashboard.Quality{}, fmt.Errorf("read the credential of %s: %w", storeID, err)
	}
	said, err := a.ga4.As(credential).Run(ctx, reportOf(account.Name, r), row)
	a.metrics.SourceCall("ga4", sourceOutcome(err))
	if errors.Is(err, ga4.ErrCredentials) {
		a.logger.WarnContext(ctx, "a credential is refused", "store_id", storeID, "platform", entintegration.PlatformGA4, "error", err)
		return dashboard.Quality{}, dashboard.ErrCredentialRefused.With(account.StoreName).Wrap(err)
	}
	return dashboard.Quality{Sampled: said.Sampled, Thresholded: said.Thresholded, RolledUp: said.DataLoss}, bounded(err)
}

// bounded puts the bound of a client into the words of the dashboards.
func bounded(err error) error {
	if errors.Is(err, trino.ErrTooManyRows) || errors.Is(err, ga4.ErrTooManyRows) {
		return dashboard.ErrTooManyRows.With(sourceRows, dashboard.MaxGroups).At("dimensions").Wrap(err)
	}
	return err
}

// sourceOutcome names how a question to a source ended, for the metrics.
func sourceOutcome(err error) string {
	if err == nil {
		return "ok"
	}
	for _, kind := range []struct {
		err  error
		name string
	}{
		{context.Canceled, "cancelled"},
		{trino.ErrTimeout, "timeout"},
		{ga4.ErrTimeout, "timeout"},
		{ga4.ErrQuota, "quota"},
		{trino.ErrCredentials, "credentials"},
		{ga4.ErrCredentials, "credentials"},
		{trino.ErrRefused, "refused"},
		{ga4.ErrRefused, "refused"},
		{trino.ErrTooManyRows, "too_large"},
		{ga4.ErrTooManyRows, "too_large"},
		{dashboard.ErrTooManyRows, "too_large"},
	} {
		if errors.Is(err, kind.err) {
			return kind.name
		}
	}
	return "unavailable"
}

// reportOf returns a report to a property in the words of its API, in an order in which no two rows are equal.
func reportOf(property string, r dashboard.Report) ga4.Report {
	report := ga4.Report{Property: property, DateRanges: []ga4.DateRange{{StartDate: r.From, EndDate: r.To}}}
	for _, name := range r.Dimensions {
		report.Dimensions = append(report.Dimensions, ga4.Dimension{Name: name})
		report.OrderBys = append(report.OrderBys, ga4.OrderBy{Dimension: name})
	}
	for _, name := range r.Metrics {
		report.Metrics = append(report.Metrics, ga4.Metric{Name: name})
	}
	var all []ga4.Filter
	for _, f := range r.Filters {
		all = append(all, filterOf(f))
	}
	if len(all) > 0 {
		report.DimensionFilter = &ga4.Filter{And: all}
	}
	return report
}

func filterOf(f dashboard.ReportFilter) ga4.Filter {
	if f.Operator == dashboard.Contains {
		return ga4.Filter{Field: &ga4.FieldFilter{Name: f.Dimension, String: &ga4.StringFilter{MatchType: "CONTAINS", Value: f.Values[0]}}}
	}
	in := ga4.Filter{Field: &ga4.FieldFilter{Name: f.Dimension, InList: &ga4.InListFilter{Values: f.Values, CaseSensitive: true}}}
	if f.Operator == dashboard.NotEqual || f.Operator == dashboard.NotIn {
		return ga4.Filter{Not: &in}
	}
	return in
}

// observeComputation counts an answer that was computed.
func (a *App) observeComputation(data string) {
	a.metrics.DashboardComputation(data, strings.ToLower(string(a.dashboards.SourceNamed(data))))
}

// checkTrino tells /readyz how the data warehouse is doing. Only questions that are put to it need it.
func (a *App) checkTrino(ctx context.Context) (string, error) {
	if a.trino == nil {
		return "", obs.ErrOff
	}
	return a.trino.Check(ctx)
}

// checkGA4 tells /readyz how many stores have a property there. Asking Google would need the credential of one of
// them, and use up its quota.
func (a *App) checkGA4(ctx context.Context) (string, error) {
	if a.ga4 == nil {
		return "", obs.ErrOff
	}
	return a.integrations.Check(ctx, entintegration.PlatformGA4)
}
