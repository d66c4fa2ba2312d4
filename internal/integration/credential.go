package integration

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// maxCredential is the longest credential, in bytes: a service account's has some 2,300.
const maxCredential = 16 << 10

// property is what GA4 calls an account.
var property = regexp.MustCompile(`^[0-9]{1,20}$`)

// credential is what was given, as it is kept and as GA4 is asked with it.
type credential struct {
	ConnectInput
	kind     integration.CredentialKind
	identity *string
	ga4      ga4.Credential
}

// read checks what was given, and names every wrong field. It repeats nothing of the credential.
func read(input ConnectInput) (credential, error) {
	given := credential{ConnectInput: input, kind: integration.CredentialKindREFRESH_TOKEN}
	var faults fault.List
	given.Account = strings.TrimPrefix(strings.TrimSpace(input.Account), "properties/")
	if !property.MatchString(given.Account) {
		faults = append(faults, ErrAccountInvalid.At("account"))
	}
	text := input.Credential.Reveal()
	var err error
	if given.ga4, err = ga4.Read([]byte(text)); err != nil || len(text) > maxCredential || strings.ContainsRune(text, 0) {
		faults = append(faults, ErrCredentialInvalid.At("credential"))
	}
	if email := given.ga4.Email(); email != "" {
		given.kind, given.identity = integration.CredentialKindSERVICE_ACCOUNT, &email
	}
	return given, faults.Err()
}

// try asks the platform for as little as it answers with the credential alone. That the quota of the account is
// used up says that the credential reads it.
func (s *Service) try(ctx context.Context, given credential) error {
	if s.deps.GA4 == nil {
		return ErrPlatformOff.At("platform")
	}
	_, err := s.deps.GA4.As(given.ga4).Run(ctx, ga4.Report{
		Property: given.Account, DateRanges: []ga4.DateRange{{StartDate: "today", EndDate: "today"}},
		Metrics: []ga4.Metric{{Name: "sessions"}}, Limit: 1,
	}, func(_, _ []string) error { return nil })
	switch {
	case errors.Is(err, ga4.ErrQuota):
		return nil
	case errors.Is(err, ga4.ErrCredentials), errors.Is(err, ga4.ErrRefused):
		s.deps.Logger.InfoContext(ctx, "a platform refuses a credential", "store_id", given.StoreID, "platform", given.Platform, "error", err)
		return ErrRefused.At("credential")
	case err != nil:
		return fmt.Errorf("try the credential of %s: %w", given.StoreID, err)
	}
	return nil
}
