package counsel

import (
	"context"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// UsageOf returns what a message has cost; nil for what people say, and while it is being written.
func UsageOf(m *ent.CounselMessage) *Usage {
	if m.Provider == nil || m.Status == counselmessage.StatusSTREAMING || m.PromptTokens == nil || m.CompletionTokens == nil {
		return nil
	}
	return &Usage{PromptTokens: *m.PromptTokens, CompletionTokens: *m.CompletionTokens, Provider: *m.Provider}
}

// Notice says what the client should know of how a message came about; nil when there is nothing.
func (s *Service) Notice(ctx context.Context, m *ent.CounselMessage) *string {
	if m.Provider == nil || *m.Provider != counselmessage.ProviderOFFLINE {
		return nil
	}
	key := "counsel.notice.offline"
	if m.OverBudget {
		key = "counsel.notice.budget"
	}
	text := s.deps.Words.Say(viewer.Language(ctx), key)
	return &text
}

// CrisisOf returns the help lines to show beside a message; nil where it does not speak of self-harm.
func CrisisOf(ctx context.Context, m *ent.CounselMessage) *insight.Block {
	if !m.Crisis {
		return nil
	}
	block := insight.CrisisBlock(viewer.Language(ctx))
	return &block
}

// CrisisOfSession returns the help lines to show in a session; nil where nobody speaks of self-harm.
func CrisisOfSession(ctx context.Context, row *ent.CounselSession) *insight.Block {
	if row.CrisisAt == nil {
		return nil
	}
	block := insight.CrisisBlock(viewer.Language(ctx))
	return &block
}

// LinkOf returns where to read more of who helps; nil where there is nothing.
func LinkOf(line *insight.Line) *string {
	if line.URL == "" {
		return nil
	}
	return &line.URL
}
