package config

import (
	"slices"
	"strings"
	"time"
)

const (
	// mostICE is how many addresses browsers are told of each kind: each costs them time at the beginning of a
	// call.
	mostICE = 10
	// minTurnSecret is how many characters the secret of TURN has at least: every client gets credentials that
	// were made with it, and could look for it in peace.
	minTurnSecret = 16
)

// ICE says which servers help the two in a counselling room to find a way to each other.
type ICE struct {
	STUN    []string      `env:"MOA_STUN_URLS" help:"STUN servers that tell browsers how the world sees them, separated by commas, such as stun:stun.example:3478."`
	TURN    []string      `env:"MOA_TURN_URLS" help:"TURN servers (coturn with use-auth-secret) that carry calls where no direct way exists, separated by commas, such as turn:turn.example:3478?transport=udp."`
	Secrets []string      `env:"MOA_TURN_SECRET" help:"The static-auth-secret of the TURN servers: 16 characters or more. Several may be separated by commas, as coturn knows several while one takes the place of another: the first signs. Required with MOA_TURN_URLS."`
	TTL     time.Duration `env:"MOA_TURN_TTL" envDefault:"10m" help:"How long TURN credentials are good; calls that have begun go on."`
}

// Secret returns the secret that signs; empty without TURN.
func (i ICE) Secret() string {
	if len(i.Secrets) == 0 {
		return ""
	}
	return i.Secrets[0]
}

func (i ICE) validate(complain func(bad bool, format string, args ...any)) {
	foreign := func(schemes ...string) func(string) bool {
		return func(address string) bool {
			return !slices.ContainsFunc(schemes, func(scheme string) bool { return strings.HasPrefix(address, scheme) })
		}
	}
	complain(slices.ContainsFunc(i.STUN, foreign("stun:", "stuns:")), "MOA_STUN_URLS must begin with stun: or stuns:")
	complain(slices.ContainsFunc(i.TURN, foreign("turn:", "turns:")), "MOA_TURN_URLS must begin with turn: or turns:")
	complain(len(i.STUN) > mostICE, "MOA_STUN_URLS has %d addresses: at most %d", len(i.STUN), mostICE)
	complain(len(i.TURN) > mostICE, "MOA_TURN_URLS has %d addresses: at most %d", len(i.TURN), mostICE)
	complain((len(i.TURN) == 0) != (len(i.Secrets) == 0), "MOA_TURN_SECRET and MOA_TURN_URLS belong together: set both or none")
	short := func(secret string) bool { return len(secret) < minTurnSecret }
	complain(slices.ContainsFunc(i.Secrets, short), "MOA_TURN_SECRET needs %d characters or more", minTurnSecret)
	complain(i.TTL <= 0, "MOA_TURN_TTL must be positive, such as 10m")
}
