package dashboard

import (
	"context"

	"github.com/moa-bff/moa/internal/platform/viewer"
)

// KindLabel returns what people call a kind of data, in the viewer's language.
func (s *Service) KindLabel(ctx context.Context, k *Kind) string { return s.say(ctx, "kind."+k.Name) }

// MeasureLabel returns what people call a measure, in the viewer's language.
func (s *Service) MeasureLabel(ctx context.Context, m *Measure) string {
	return s.say(ctx, "measure."+m.Name)
}

// DimensionLabel returns what people call a dimension, in the viewer's language.
func (s *Service) DimensionLabel(ctx context.Context, d *Dimension) string {
	return s.say(ctx, "dimension."+d.Name)
}

// ColumnLabel returns what people call a column, in the viewer's language.
func (s *Service) ColumnLabel(ctx context.Context, c *Column) string {
	if c.Role == RoleDimension {
		return s.say(ctx, "dimension."+c.Name)
	}
	return s.say(ctx, "measure."+c.Name)
}

// Warnings returns what to know about an answer, in the viewer's language.
func (s *Service) Warnings(ctx context.Context, a *Analysis) []string {
	texts := make([]string, len(a.Warnings))
	for i, w := range a.Warnings {
		args := make([]any, len(w.Args))
		for j, n := range w.Args {
			args[j] = n
		}
		texts[i] = s.deps.Words.Say(viewer.Language(ctx), w.Key, args...)
	}
	return texts
}

func (s *Service) say(ctx context.Context, key string) string {
	return s.deps.Words.Say(viewer.Language(ctx), "dashboard."+key)
}
