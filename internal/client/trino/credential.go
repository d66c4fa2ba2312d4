package trino

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Credential is on whose behalf Trino is asked. Printing, logging and marshalling it shows no secret.
// The zero value names nobody.
type Credential struct {
	// Behind a pointer, so that printing a struct that holds a credential prints an address.
	kept *kept
}

type kept struct{ user, password, token string }

// User is a name without a secret, for servers that trust their network.
func User(name string) Credential { return Credential{&kept{user: name}} }

// Basic is a name with a password. It travels over https only.
func Basic(user, password string) Credential {
	return Credential{&kept{user: user, password: password}}
}

// Bearer is a name with an access token (a JWT or one of OAuth 2.0). It travels over https only.
func Bearer(user, token string) Credential { return Credential{&kept{user: user, token: token}} }

// Format writes that there is a credential, and nothing of it, whatever the verb.
func (c Credential) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "(hidden)") }

// allowed refuses to send secrets in the clear.
func (c Credential) allowed(server *url.URL) error {
	if c.kept != nil && c.kept.password+c.kept.token != "" && server.Scheme != "https" {
		return failed(ErrCredentials, "a password or token needs https")
	}
	return nil
}

// sign replaces whatever the driver said of who asks: it forgets the name after the first request.
func (c Credential) sign(header http.Header) {
	header.Del("Authorization")
	header.Del("X-Trino-User")
	if c.kept == nil {
		return
	}
	if c.kept.user != "" {
		header.Set("X-Trino-User", c.kept.user)
	}
	signed := http.Request{Header: header}
	switch {
	case c.kept.token != "":
		header.Set("Authorization", "Bearer "+c.kept.token)
	case c.kept.password != "":
		signed.SetBasicAuth(c.kept.user, c.kept.password)
	}
}
