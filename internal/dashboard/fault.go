package dashboard

import "github.com/moa-bff/moa/internal/platform/fault"

// Why a dashboard can be refused.
var (
	ErrNotFound       = fault.Business("DASHBOARD_NOT_FOUND")
	ErrTitleInvalid   = fault.Business("DASHBOARD_TITLE_INVALID")
	ErrWidgetsInvalid = fault.Business("DASHBOARD_WIDGETS_INVALID")
	ErrStoreNotFound  = fault.Business("DASHBOARD_STORE_NOT_FOUND")
)

// Why a question can be refused, alone or inside a dashboard.
var (
	ErrDataUnknown       = fault.Business("DASHBOARD_DATA_UNKNOWN")
	ErrMeasuresInvalid   = fault.Business("DASHBOARD_MEASURES_INVALID")
	ErrDimensionsInvalid = fault.Business("DASHBOARD_DIMENSIONS_INVALID")
	ErrPeriodInvalid     = fault.Business("DASHBOARD_PERIOD_INVALID")
	ErrFilterInvalid     = fault.Business("DASHBOARD_FILTER_INVALID")
	ErrMethodInvalid     = fault.Business("DASHBOARD_METHOD_INVALID")
	ErrQuadrantInvalid   = fault.Business("DASHBOARD_QUADRANT_INVALID")
	ErrABCInvalid        = fault.Business("DASHBOARD_ABC_INVALID")
	ErrOrderInvalid      = fault.Business("DASHBOARD_ORDER_INVALID")
	ErrLimitInvalid      = fault.Business("DASHBOARD_LIMIT_INVALID")
	// ErrTooManyRows says that a question has more groups than an answer may hold.
	ErrTooManyRows = fault.Business("DASHBOARD_TOO_MANY_ROWS")
	// ErrCredentialRefused says that a source outside does not take the credential of a store, which it names.
	ErrCredentialRefused = fault.Business("DASHBOARD_CREDENTIAL_REFUSED")
)
