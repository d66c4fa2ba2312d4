package integration

import "github.com/moa-bff/moa/internal/platform/fault"

// Why an integration can be refused.
var (
	ErrAccountInvalid    = fault.Business("INTEGRATION_ACCOUNT_INVALID")
	ErrCredentialInvalid = fault.Business("INTEGRATION_CREDENTIAL_INVALID")
	// ErrNotFound says that an integration is not there, or is of somebody else's store.
	ErrNotFound = fault.Business("INTEGRATION_NOT_FOUND")
	// ErrPlatformOff says that nothing is read from the platform here.
	ErrPlatformOff = fault.Business("INTEGRATION_PLATFORM_OFF")
	// ErrRefused says that the platform does not let the credential read the account.
	ErrRefused = fault.Business("INTEGRATION_REFUSED")
	// ErrStoreNotFound says that a store is not there, or is somebody else's.
	ErrStoreNotFound = fault.Business("INTEGRATION_STORE_NOT_FOUND")
)
