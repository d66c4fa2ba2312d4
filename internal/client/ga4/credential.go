package ga4

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"golang.org/x/oauth2"
)

// hidden is all that is shown of a credential.
const hidden = "(hidden)"

// Credential is on whose behalf GA4 is asked. Printing, logging and marshalling it shows no secret. The
// zero value is nobody.
type Credential struct {
	// Behind a function, since whatever prints a struct that holds a credential prints an address.
	secret func() secret
}

type secret struct {
	account *account
	consent *consent
	source  oauth2.TokenSource
	id      [sha256.Size]byte // equal credentials share their token
}

// account is a Google service account: the JSON file that Google's console hands out.
type account struct {
	Type         string `json:"type"`
	ClientEmail  string `json:"client_email"`
	PrivateKey   string `json:"private_key"`
	PrivateKeyID string `json:"private_key_id"`
}

// consent is that of a person to an application (OAuth 2.0): the JSON file that Google's tools write for an
// authorized user.
type consent struct {
	Type         string `json:"type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`
}

// The types of files.
const (
	serviceAccount = "service_account"
	authorizedUser = "authorized_user"
)

// Read is the credential of a JSON file, of a service account or of an authorized user: the file says of which.
func Read(file []byte) (Credential, error) {
	var c consent
	// The decoder's words quote the file.
	if err := json.Unmarshal(file, &c); err != nil {
		return Credential{}, errors.New("ga4: the credential is no JSON")
	}
	if c.Type != authorizedUser {
		return ServiceAccount(file)
	}
	if c.ClientID == "" || c.ClientSecret == "" || c.RefreshToken == "" {
		return Credential{}, errors.New("ga4: the authorized user has no client or no refresh token")
	}
	s := secret{consent: &c, id: sha256.Sum256(file)}
	return Credential{func() secret { return s }}, nil
}

// ServiceAccount is the credential of a service account's JSON file. The token endpoint that the file
// names is not asked: who hands in a file does not choose where we connect to.
func ServiceAccount(file []byte) (Credential, error) {
	var a account
	// The decoder's words quote the file.
	if err := json.Unmarshal(file, &a); err != nil {
		return Credential{}, errors.New("ga4: the credential is no JSON")
	}
	if a.Type != serviceAccount || a.ClientEmail == "" || a.PrivateKey == "" {
		return Credential{}, errors.New("ga4: the credential is no service account")
	}
	if !isRSA(a.PrivateKey) {
		return Credential{}, errors.New("ga4: the service account has no RSA key")
	}
	s := secret{account: &a, id: sha256.Sum256(file)}
	return Credential{func() secret { return s }}, nil
}

// Tokens is the credential of a source of access tokens, which keeps them until they expire. Its Token
// is called for each request.
func Tokens(source oauth2.TokenSource) Credential {
	s := secret{source: source}
	return Credential{func() secret { return s }}
}

// Email returns the address of a service account, which owners of properties let in, and nothing for others. It
// is no secret.
func (c Credential) Email() string {
	if account := c.show().account; account != nil {
		return account.ClientEmail
	}
	return ""
}

// Format writes that there is a credential, and nothing of it, whatever the verb.
func (c Credential) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// MarshalText says the same, to JSON and to logs.
func (c Credential) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// show returns what is hidden, to whom sends it.
func (c Credential) show() secret {
	if c.secret == nil {
		return secret{}
	}
	return c.secret()
}

func isRSA(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		_, ok := key.(*rsa.PrivateKey)
		return ok
	}
	_, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil
}
