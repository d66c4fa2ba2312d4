package llm

// Usage is what a call spent, in tokens of the provider.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
	// Estimated holds when the provider did not tell all of it.
	Estimated bool
}

// add returns what two tries spent together.
func (u Usage) add(v Usage) Usage {
	return Usage{
		PromptTokens:     u.PromptTokens + v.PromptTokens,
		CompletionTokens: u.CompletionTokens + v.CompletionTokens,
		Estimated:        u.Estimated || v.Estimated,
	}
}

// messageOverhead is what the marks around a message cost, in tokens, as OpenAI counts them.
const messageOverhead = 4

// estimate returns about how many tokens text is: one for each four ASCII characters, which is the
// usual rule for English, and three for each four other letters. Tokenizers made for Korean need
// fewer, about one for two syllables; older ones more than one for each. A budget is better kept by
// an estimate that is somewhat high.
func estimate(text string) int {
	quarters := 0
	for _, r := range text {
		if r < 0x80 {
			quarters++
		} else {
			quarters += 3
		}
	}
	return (quarters + 3) / 4
}

// estimatePrompt returns about how many tokens the request is.
func estimatePrompt(r *Request) int {
	tokens := 0
	for _, m := range r.Messages {
		tokens += messageOverhead + estimate(m.Text)
	}
	for _, t := range r.Tools {
		tokens += messageOverhead + estimate(t.Name) + estimate(t.Description) + estimate(string(t.Parameters))
	}
	if r.Schema != nil {
		tokens += estimate(string(r.Schema.JSON))
	}
	return tokens
}
