package dashboard

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/page"
)

// TopicChanged is the event of a saved dashboard that was changed or deleted; keyed by its id.
const TopicChanged = "dashboard.changed"

// What a dashboard may hold.
const (
	maxTitle   = 100
	maxWidgets = 30
)

// Board is a saved dashboard with its widgets in their order.
type Board struct {
	*ent.Dashboard
	Widgets []*Widget
}

// Widget is a question of a dashboard, and how its answer is drawn.
type Widget struct {
	ID            string   `json:"id"`
	Title         string   `json:"title"`
	Chart         Chart    `json:"chart"`
	AnalysisInput Question `json:"analysisInput"`

	asked asked
	// shown is the answer of a live dashboard; nil where the question is yet to be asked.
	shown *shown
}

// shown is an answer, or why there is none.
type shown struct {
	analysis *Analysis
	err      error
}

// Chart is how an answer is drawn.
type Chart string

// The charts.
const (
	Line    Chart = "LINE"
	Bar     Chart = "BAR"
	Pie     Chart = "PIE"
	Scatter Chart = "SCATTER"
	Table   Chart = "TABLE"
)

// CreateInput is a new dashboard.
type CreateInput struct {
	Title          string
	StoreID        *string
	Widgets        []*WidgetInput
	IdempotencyKey *string `json:"-"`
}

// UpdateInput is what changes of a dashboard. Widgets are replaced as a whole.
type UpdateInput struct {
	ID      string
	Title   graphql.Omittable[*string]
	StoreID graphql.Omittable[*string]
	Widgets graphql.Omittable[[]*WidgetInput]
}

// WidgetInput is a widget of a dashboard. With the id of one that is there, it takes its place.
type WidgetInput struct {
	ID            *string
	Title         string
	Chart         Chart
	AnalysisInput Question
}

// ListFilter says which dashboards to list.
type ListFilter struct{ StoreID *string }

// Connection is a page of dashboards.
type Connection = page.Connection[*Board]

// Edge is a dashboard in a list.
type Edge = page.Edge[*Board]

// board reads the widgets of a row. Whoever may see the dashboard sees what its owner may see, and of its
// store alone where it has one.
func board(row *ent.Dashboard) (*Board, error) {
	b := &Board{Dashboard: row}
	if err := json.Unmarshal(row.Widgets, &b.Widgets); err != nil {
		return nil, fmt.Errorf("read the widgets of %s: %w", row.ID, err)
	}
	scope := asked{}
	if row.Edges.Owner == nil || row.Edges.Owner.Role != user.RoleADMIN {
		scope.Owner = row.OwnerID
	}
	if row.StoreID != nil {
		scope.Store = *row.StoreID
	}
	for _, w := range b.Widgets {
		w.asked = asked{w.AnalysisInput, scope.Owner, scope.Store}
	}
	return b, nil
}

// Result answers the question of a widget: null and the error where its source does not answer.
func (s *Service) Result(ctx context.Context, w *Widget) (*Analysis, error) {
	if w.shown != nil {
		return w.shown.analysis, w.shown.err
	}
	return s.answer(ctx, w.asked)
}
