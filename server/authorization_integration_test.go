package server_test

import (
	"fmt"
	"testing"
)

// integrate connects the owner's store.
func (s *scene) integrate(t *testing.T) {
	t.Helper()
	s.integration = s.owner.connect(t, s.store, "123", s.credential).get(t, "connectIntegration.integration.id").(string)
}

// integrationRows are the rows of integrations. Everything is asked about a store of `owner`.
func integrationRows(s scene, input func(name, fields, selection string) string) map[string]string {
	return map[string]string{
		"Query.integrations":             `{ integrations(first: 1) { edges { node { id } } } }`,
		"Query.node of an Integration":   fmt.Sprintf(`{ node(id: %q) { id } }`, s.integration),
		"Mutation.connectIntegration":    input("connectIntegration", fmt.Sprintf(`storeId: %q, platform: GA4, account: "456", credential: %q`, s.store, s.credential), `integration { id }`),
		"Mutation.disconnectIntegration": input("disconnectIntegration", fmt.Sprintf(`id: %q`, s.integration), `integration { id }`),
	}
}
