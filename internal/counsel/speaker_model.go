package counsel

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/counsel/insight"
)

// prompts are what the voices are told to be, by voice, stage and language.
//
//go:embed prompts/*.txt
var prompts embed.FS

// The tools by which a model says what must not be guessed from its words.
const (
	toolNote  = "note_worry"
	toolOffer = "offer_cards"
)

// clovaToolTokens is the least that CLOVA Studio takes as the most tokens of an answer when tools are offered.
const clovaToolTokens = 1024

// modelSpeaker lets a language model speak.
type modelSpeaker struct{ model *llm.Client }

func (m modelSpeaker) speak(ctx context.Context, p part, say func(delta string) error) (outcome, error) {
	request, err := m.request(p)
	if err != nil {
		return outcome{}, err
	}
	reply, err := m.model.Stream(ctx, request, say)
	out := m.outcome(reply)
	if err != nil || reply.Text != "" {
		return out, err
	}
	// A model that only calls its tools has said nothing to the client yet.
	request.Tools = nil
	again, err := m.model.Stream(ctx, request, say)
	out.usage.PromptTokens += again.Usage.PromptTokens
	out.usage.CompletionTokens += again.Usage.CompletionTokens
	if err == nil && again.Text == "" {
		err = llm.ErrBroken
	}
	return out, err
}

// request phrases a part for the model.
func (m modelSpeaker) request(p part) (llm.Request, error) {
	system, err := prompt(purpose(p), p.language)
	if err != nil {
		return llm.Request{}, err
	}
	r := llm.Request{
		Purpose:   purpose(p),
		Messages:  []llm.Message{{Role: llm.RoleSystem, Text: system}},
		MaxTokens: replyTokens(p.voice, p.stage),
		Tools:     tools(p),
		User:      p.client,
	}
	for _, l := range p.lines {
		role := llm.RoleAssistant
		if l.author == counselmessage.AuthorCLIENT {
			role = llm.RoleUser
		}
		r.Messages = append(r.Messages, llm.Message{Role: role, Text: l.text})
	}
	if p.stage != stageTalk {
		r.Messages = append(r.Messages, llm.Message{Role: llm.RoleUser, Text: cue(p)})
	}
	if len(r.Tools) > 0 && m.model.Provider() == string(counselmessage.ProviderCLOVA) {
		r.MaxTokens = max(r.MaxTokens, clovaToolTokens)
	}
	return r, nil
}

// purpose names what a model is asked for: the prompt, and the label of what it spends.
func purpose(p part) string {
	switch {
	case p.voice != counselmessage.AuthorTAROT:
		return strings.ToLower(string(p.voice))
	case p.stage == stageGreeting:
		return "tarot_greeting"
	case p.stage == stageReading:
		return "tarot_reading"
	}
	return "tarot_talk"
}

// prompt returns what a model is told to be.
func prompt(purpose string, tag language.Tag) (string, error) {
	base, _ := tag.Base()
	text, err := prompts.ReadFile("prompts/" + purpose + "." + base.String() + ".txt")
	if err != nil {
		return "", fmt.Errorf("read the prompt of %s: %w", purpose, err)
	}
	return string(text), nil
}

// cue is what the reader goes on with when the client has said nothing new.
func cue(p part) string {
	if p.stage == stageGreeting {
		return map[bool]string{true: "(손님이 막 들어왔습니다.)", false: "(A guest has just come in.)"}[p.language == language.Korean]
	}
	var b strings.Builder
	for i, c := range p.cards {
		lies := map[[2]bool]string{
			{true, true}: "역방향", {true, false}: "정방향", {false, true}: "reversed", {false, false}: "upright",
		}[[2]bool{p.language == language.Korean, c.Reversed}]
		fmt.Fprintf(&b, "%d. %s (%s): %s\n", i+1, c.Card.Name(p.language), lies, c.Meaning(p.language))
	}
	return b.String()
}

// tools returns what the voice may call. One voice of each session classifies the worry, in the call that
// answers: that costs no call of its own.
func tools(p part) []llm.Tool {
	var offered []llm.Tool
	if p.voice != counselmessage.AuthorTHINKING && p.stage == stageTalk {
		offered = append(offered, llm.Tool{
			Name:        toolNote,
			Description: "Notes what speaks from the client's latest message. Call it once, beside your words.",
			Parameters:  noteSchema(),
		})
	}
	if p.voice == counselmessage.AuthorTAROT && p.stage == stageTalk {
		offered = append(offered, llm.Tool{
			Name:        toolOffer,
			Description: "Spreads the cards before the client. Call it, beside your words, once the worry is clear.",
			Parameters:  json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`),
		})
	}
	return offered
}

func noteSchema() json.RawMessage {
	list := func(values []string, most int) map[string]any {
		return map[string]any{"type": "array", "maxItems": most, "items": map[string]any{"type": "string", "enum": values}}
	}
	text, _ := json.Marshal(map[string]any{ // plain maps of text always marshal
		"type": "object",
		"properties": map[string]any{
			"emotions": list(insight.Emotion("").Values(), 3),
			"topics":   list(insight.Topic("").Values(), 2),
		},
		"required":             []string{"emotions", "topics"},
		"additionalProperties": false,
	})
	return text
}

// outcome reads what the model told beside its words. What is unknown or too much is left out.
func (m modelSpeaker) outcome(reply llm.Reply) outcome {
	out := outcome{usage: Usage{
		PromptTokens: reply.Usage.PromptTokens, CompletionTokens: reply.Usage.CompletionTokens,
		Provider: counselmessage.Provider(m.model.Provider()),
	}}
	for _, call := range reply.Calls {
		switch call.Name {
		case toolOffer:
			out.offersCards = true
		case toolNote:
			var noted struct {
				Emotions []string `json:"emotions"`
				Topics   []string `json:"topics"`
			}
			if json.Unmarshal(call.Arguments, &noted) == nil {
				out.emotions = insight.ParseEmotions(noted.Emotions)
				out.topics = insight.ParseTopics(noted.Topics)
			}
		}
	}
	return out
}
