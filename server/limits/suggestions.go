package limits

import (
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// DisableSuggestions takes the "Did you mean …?" out of all validation errors of the server:
// whoever may not read the schema must not be able to guess it word by word either.
//
// gqlgen's own switch covers two of the five rules that suggest; the other three are replaced
// by their silent twins.
func DisableSuggestions(server *handler.Server) {
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(silentRules)
}

// silentRules returns the default rules without suggestions. The rules that gqlgen's switch
// replaces are left to it.
func silentRules() *rules.Rules {
	set := rules.NewDefaultRules()
	for talkative, silent := range map[string]core.Rule{
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.RemoveRule(talkative)
		set.AddRule(silent.Name, silent.RuleFunc)
	}
	return set
}
