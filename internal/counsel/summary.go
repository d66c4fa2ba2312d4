package counsel

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselweeksummary"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/offline"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// summaryPatience is how long the summary of a week may take.
	summaryPatience = 8 * time.Second
	// summaryTokens are set aside for it, and the most of its answer.
	summaryTokens      = 600
	summaryReplyTokens = 120
)

// summary adds the sentence that looks back on a week. While the week lasts it is one of Moa's own, which costs
// nothing and follows what is said. Of a week that is over the model writes one, in one call for a client and
// week whatever comes of it; it is kept.
func (s *Service) summary(ctx context.Context, who client, w *Week) error {
	own := offline.WeekSentence(languageOf(ctx), emotionsOf(w), topicsOf(w), w.SessionCount)
	w.Status, w.Summary = WeekReady, &own
	over := !calendar.DateOf(s.deps.Now()).Before(w.Week.Sunday().Add(1))
	if s.deps.Model == nil || !over {
		return nil
	}
	year, number := w.Week.ISO()
	id, row, err := s.claimSummary(ctx, who, w)
	if err != nil {
		return err
	}
	if row == nil {
		row, err = s.writeSummary(ctx, id, w, own)
		if err != nil {
			return fmt.Errorf("look back on week %d-W%d: %w", year, number, err)
		}
	}
	return s.showSummary(ctx, row, w)
}

// showSummary puts a kept summary into a week.
func (s *Service) showSummary(ctx context.Context, row *ent.CounselWeekSummary, w *Week) error {
	switch {
	case row.Body == nil && row.LeasedUntil.After(s.now()):
		w.Status, w.Summary = WeekBuilding, nil
		return nil
	case row.Body == nil: // its writer is gone, and the week has had its call: the sentence of ours stays
		return nil
	}
	text, err := s.deps.Vault.Open(ctx, *row.Body, boundSummary, row.ID)
	if err != nil {
		return fmt.Errorf("open summary %s: %w", row.ID, err)
	}
	sentence := string(text)
	w.Summary = &sentence
	switch {
	case row.OverBudget:
		w.Status = WeekSkippedBudget
	case row.MessageCount != w.MessageCount:
		w.Status = WeekStale
	}
	return nil
}

// claimSummary returns the summary of a week, or the id of the one that the caller is to write.
func (s *Service) claimSummary(ctx context.Context, who client, w *Week) (id string, found *ent.CounselWeekSummary, err error) {
	year, number := w.Week.ISO()
	id = counselweeksummary.DefaultID()
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found = nil
		row, err := tx.CounselWeekSummary.Query().
			Where(counselweeksummary.Spender(who.name()), counselweeksummary.IsoYear(year), counselweeksummary.IsoWeek(number)).
			Only(ctx)
		if !ent.IsNotFound(err) {
			found = row
			return err
		}
		p, err := s.openPurse(ctx, tx, s.today(), who)
		if err != nil {
			return err
		}
		ok := p.take(who, summaryTokens)
		if err := p.close(ctx, tx); err != nil {
			return err
		}
		return tx.CounselWeekSummary.Create().SetID(id).SetCreatedAt(s.now()).
			SetSpender(who.name()).SetIsoYear(year).SetIsoWeek(number).
			SetMessageCount(w.MessageCount).SetOverBudget(!ok).SetLeasedUntil(s.now().Add(summaryPatience + time.Second)).
			Exec(ctx)
	})
	if db.IsDuplicate(err) { // another request was faster
		return s.claimSummary(ctx, who, w)
	}
	return id, found, db.Fault(err)
}

// writeSummary asks the model, unless the budget is spent, and keeps what came of it; ours where nothing did.
func (s *Service) writeSummary(ctx context.Context, id string, w *Week, own string) (*ent.CounselWeekSummary, error) {
	row, err := s.deps.DB.Read().CounselWeekSummary.Get(ctx, id)
	if err != nil {
		return nil, db.Fault(err)
	}
	sentence, used := own, 0
	if !row.OverBudget {
		sentence, used = s.askSummary(ctx, row.Spender, w, own)
	}
	// What was paid for is kept, also when the client is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), summaryPatience)
	defer cancel()
	body, err := s.seal(ctx, sentence, boundSummary, id)
	if err != nil {
		return nil, err
	}
	var kept *ent.CounselWeekSummary
	err = s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if !row.OverBudget {
			day := calendar.DateOf(row.CreatedAt).String()
			if err := spend(ctx, tx, settlements(row.Spender, day, summaryTokens, used)); err != nil {
				return err
			}
		}
		kept, err = tx.CounselWeekSummary.UpdateOneID(id).SetBody(body).Save(ctx)
		return err
	})
	return kept, db.Fault(err)
}

// askSummary asks the model for a sentence about numbers: what was said in the week is not sent again.
func (s *Service) askSummary(ctx context.Context, client string, w *Week, own string) (sentence string, tokens int) {
	ctx, cancel := context.WithTimeout(ctx, summaryPatience)
	defer cancel()
	system, err := prompt("week", languageOf(ctx))
	if err != nil {
		return own, 0
	}
	reply, err := s.deps.Model.Complete(ctx, llm.Request{
		Purpose: "week", User: client, MaxTokens: summaryReplyTokens,
		Messages: []llm.Message{{Role: llm.RoleSystem, Text: system}, {Role: llm.RoleUser, Text: numbersOf(w)}},
	})
	tokens = reply.Usage.PromptTokens + reply.Usage.CompletionTokens
	if text := strings.TrimSpace(reply.Text); err == nil && text != "" {
		return text, tokens
	}
	s.deps.Logger.WarnContext(ctx, "the model did not look back on a week", "error", err)
	return own, tokens
}

// numbersOf writes the counts of a week for the model.
func numbersOf(w *Week) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sessions: %d, messages: %d\n", w.SessionCount, w.MessageCount)
	for _, e := range w.Emotions {
		fmt.Fprintf(&b, "emotion %s: %d\n", e.Emotion, e.Count)
	}
	for _, t := range w.Topics {
		fmt.Fprintf(&b, "topic %s: %d\n", t.Topic, t.Count)
	}
	return b.String()
}

func emotionsOf(w *Week) []insight.Emotion {
	all := make([]insight.Emotion, len(w.Emotions))
	for i, e := range w.Emotions {
		all[i] = e.Emotion
	}
	return all
}

func topicsOf(w *Week) []insight.Topic {
	all := make([]insight.Topic, len(w.Topics))
	for i, t := range w.Topics {
		all[i] = t.Topic
	}
	return all
}
