package trino

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// hidden is all that is shown of a credential.
const hidden = "(hidden)"

// Credential is on whose behalf Trino is asked. Printing, logging and marshalling it shows no secret.
// The zero value names nobody.
type Credential struct {
	// Behind a function, since whatever prints a struct that holds a credential prints an address.
	secret func() secret
}

type secret struct{ user, password, token string }

// User is a name without a secret, for servers that trust their network.
func User(name string) Credential { return hide(secret{user: name}) }

// Basic is a name with a password. It travels over https only.
func Basic(user, password string) Credential { return hide(secret{user: user, password: password}) }

// Bearer is a name with an access token (a JWT or one of OAuth 2.0). It travels over https only.
func Bearer(user, token string) Credential { return hide(secret{user: user, token: token}) }

func hide(s secret) Credential { return Credential{func() secret { return s }} }

// show returns what is hidden, to whom sends it.
func (c Credential) show() secret {
	if c.secret == nil {
		return secret{}
	}
	return c.secret()
}

// Format writes that there is a credential, and nothing of it, whatever the verb.
func (c Credential) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// MarshalText says the same, to JSON and to logs.
func (c Credential) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// allowed refuses to send secrets in the clear.
func (c Credential) allowed(server *url.URL) error {
	if s := c.show(); s.password+s.token != "" && server.Scheme != "https" {
		return failed(ErrCredentials, "a password or token needs https")
	}
	return nil
}

// sign replaces whatever the driver said of who asks: it forgets the name after the first request.
func (c Credential) sign(header http.Header) {
	header.Del("Authorization")
	header.Del("X-Trino-User")
	s := c.show()
	if s.user != "" {
		header.Set("X-Trino-User", s.user)
	}
	switch {
	case s.token != "":
		header.Set("Authorization", "Bearer "+s.token)
	case s.password != "":
		(&http.Request{Header: header}).SetBasicAuth(s.user, s.password)
	}
}
