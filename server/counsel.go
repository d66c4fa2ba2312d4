package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/room"
	"github.com/moa-bff/moa/internal/platform/obs"
)

// offlinePace is how long the offline counsellor waits between two pieces, so that its words come as those of a
// model do.
const offlinePace = 12 * time.Millisecond

// perPrice is for how many tokens the configured prices are.
const perPrice = 1_000_000

// buildCounsel makes the language model's client, where one is configured, and who hears worries.
func (a *App) buildCounsel() error {
	if a.config.LLM.URL != "" {
		var err error
		a.llm, err = llm.New(llm.Options{
			BaseURL: a.config.LLM.URL, Key: a.config.LLM.Key, Model: a.config.LLM.Model,
			ReasoningEffort: a.config.LLM.Effort, FirstToken: a.config.LLM.FirstToken,
			Logger: a.logger, Observe: a.observeLLM,
		})
		if err != nil {
			return fmt.Errorf("MOA_LLM_URL, MOA_LLM_KEY, MOA_LLM_MODEL: %w", err)
		}
		a.closers = append(a.closers, func() error { a.llm.Close(); return nil })
	}
	a.counsel = counsel.New(counsel.Deps{
		DB: a.db, Bus: a.bus, Events: a.events, Vault: a.vault, Words: a.words,
		Model: a.llm, NewGuest: a.accounts.NewGuest, PublicURL: strings.TrimRight(a.config.PublicURL, "/"),
		Budgets: counsel.Budgets{
			Viewer: a.config.LLM.ViewerTokens, Guest: a.config.LLM.GuestTokens, Service: a.config.LLM.ServiceTokens,
		},
		OfflinePace: offlinePace, Logger: a.logger,
		OnReply: func(s counsel.Spent) { a.metrics.CounselReply(s.Provider, strings.ToLower(s.Outcome)) },
		OnDelete: func(ctx context.Context, sessionID string) {
			if err := a.rooms.CloseDeleted(ctx, sessionID); err != nil {
				a.logger.WarnContext(ctx, "the room of a deleted session is not closed yet", "session_id", sessionID, "error", err)
			}
		},
	})
	a.vault.Register("texts of counselling", a.counsel.Reseal)
	a.rooms = room.New(room.Deps{
		DB: a.db, Bus: a.bus, Events: a.events, Limiter: a.limiter, Logger: a.logger,
		ICE: room.ICE{STUN: a.config.ICE.STUN, TURN: a.config.ICE.TURN, Secret: a.config.ICE.Secret(), TTL: a.config.ICE.TTL},
	})
	return nil
}

// observeLLM counts a call of the language model.
func (a *App) observeLLM(s llm.Spent) {
	cost := (float64(s.Usage.PromptTokens)*a.config.LLM.PromptPrice + float64(s.Usage.CompletionTokens)*a.config.LLM.ReplyPrice) / perPrice
	a.metrics.LLMCall(s.Provider, s.Purpose, s.Outcome, s.Usage.PromptTokens, s.Usage.CompletionTokens, cost, s.FirstToken)
}

// checkLLM tells /readyz how the language model is doing. It is not needed: the offline counsellor stands in.
func (a *App) checkLLM(ctx context.Context) (string, error) {
	if a.llm == nil {
		return "", obs.ErrOff
	}
	return a.llm.Check(ctx)
}
