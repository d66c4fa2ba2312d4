package counsel

import "github.com/moa-bff/moa/internal/platform/fault"

// Why a change of a session can be refused.
var (
	ErrNotFound        = fault.Business("COUNSEL_SESSION_NOT_FOUND")
	ErrMessageNotFound = fault.Business("COUNSEL_MESSAGE_NOT_FOUND")
	ErrTextInvalid     = fault.Business("COUNSEL_TEXT_INVALID")
	ErrReplyRunning    = fault.Business("COUNSEL_REPLY_RUNNING")
	ErrEnded           = fault.Business("COUNSEL_SESSION_ENDED")
	ErrCardsNotOffered = fault.Business("COUNSEL_CARDS_NOT_OFFERED")
	ErrRatingInvalid   = fault.Business("COUNSEL_RATING_INVALID")
	ErrTitleInvalid    = fault.Business("COUNSEL_TITLE_INVALID")
	ErrNothingToShare  = fault.Business("COUNSEL_NOTHING_TO_SHARE")
)
