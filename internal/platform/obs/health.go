package obs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// ErrOff is what a probe returns for a feature that is not configured. It is no failure.
var ErrOff = errors.New("off")

// probeTime bounds a probe, and with it the answer of /readyz.
const probeTime = 2 * time.Second

// Check is one thing that the service stands on.
type Check struct {
	// Name is the check's key in the answer, such as "database".
	Name string
	// Required tells that nothing works without it: its failure makes the service
	// unavailable, where that of another check makes it degraded.
	Required bool
	// Probe tries the thing out within the life of ctx, at most two seconds. detail is shown
	// to everybody, so it holds no credentials; err goes to the log only. A feature that is
	// not configured returns [ErrOff].
	Probe func(ctx context.Context) (detail string, err error)
}

// Health answers whether this process lives and whether it is ready for work.
type Health struct {
	logger   *slog.Logger
	probes   []*probe
	draining atomic.Bool
}

// NewHealth returns the health of checks. A check that fails, and one that works again, is
// logged to logger once, not each time that somebody asks.
func NewHealth(logger *slog.Logger, checks ...Check) *Health {
	h := &Health{logger: logger}
	for _, check := range checks {
		h.probes = append(h.probes, &probe{check: check, logger: logger})
	}
	return h
}

// SetDraining makes the service not ready from now on, so that load balancers send new
// requests elsewhere while the open ones end.
func (h *Health) SetDraining() { h.draining.Store(true) }

// Live answers 200 "ok" for as long as the process can answer at all.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		// Who asked has left when this fails; there is nobody to tell.
		_, _ = io.WriteString(w, "ok")
	})
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string             `json:"status"` // ok, degraded or unavailable
	Reason string             `json:"reason,omitempty"`
	Checks map[string]finding `json:"checks"`
}

// finding is what one check found.
type finding struct {
	Status string  `json:"status"` // ok, failed or off
	Detail string  `json:"detail,omitempty"`
	MS     float64 `json:"ms"`
}

// Ready answers with what each check found, as JSON: 200 when the service can work, with
// the status "ok" or "degraded", and 503 "unavailable" when a required check fails or the
// service is draining.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := h.readiness(r.Context())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if answer.Status == "unavailable" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		// Who asked has left when this fails; there is nobody to tell.
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// readiness runs every check at the same time and sums up.
func (h *Health) readiness(ctx context.Context) readiness {
	if h.draining.Load() {
		return readiness{Status: "unavailable", Reason: "draining", Checks: map[string]finding{}}
	}
	findings := make([]finding, len(h.probes))
	var group sync.WaitGroup
	for i, probe := range h.probes {
		group.Go(func() { findings[i] = probe.find(ctx) })
	}
	group.Wait()

	answer := readiness{Status: "ok", Checks: make(map[string]finding, len(h.probes))}
	for i, probe := range h.probes {
		answer.Checks[probe.check.Name] = findings[i]
		switch {
		case findings[i].Status != "failed":
		case probe.check.Required:
			answer.Status = "unavailable"
		case answer.Status == "ok":
			answer.Status = "degraded"
		}
	}
	return answer
}
