package ga4test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// Email is the name of the service account that the server knows.
	Email = "moa@test.iam.gserviceaccount.com"
	scope = "https://www.googleapis.com/auth/analytics.readonly"
	// bits make a key in milliseconds; it guards nothing.
	bits = 1024
	// clientID and clientSecret are those of the application that persons consent to.
	clientID     = "moa.apps.googleusercontent.com"
	clientSecret = "GOCSPX-of-the-test" //nolint:gosec // it opens nothing
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err) // crypto/rand ends the program before this
	}
	return key
}

// Account returns the JSON file of a service account that the server knows. Accounts of different
// names ask as one, each with tokens of its own.
func (s *Server) Account(name string) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(s.key())
	if err != nil {
		panic(err) // a fresh RSA key can be written
	}
	file, err := json.Marshal(map[string]string{ //nolint:gosec // the key is as old as the server, and opens nothing else
		"type": "service_account", "project_id": name, "private_key_id": "key-1", "client_email": Email,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		// Whoever follows it leaves the machine.
		"token_uri": "https://token.invalid/token",
	})
	if err != nil {
		panic(err) // texts can be written
	}
	return file
}

// Person returns the JSON file of an authorized user whose refresh token the server knows.
func (s *Server) Person() []byte {
	refresh := "1//" + rand.Text()
	s.mu.Lock()
	s.consents[refresh] = true
	s.mu.Unlock()
	file, err := json.Marshal(map[string]string{
		"type": "authorized_user", "client_id": clientID, "client_secret": clientSecret, "refresh_token": refresh,
	})
	if err != nil {
		panic(err) // texts can be written
	}
	return file
}

// Granted returns how many tokens the endpoint has given out.
func (s *Server) Granted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted
}

// Accept makes the API take token, as one that a token source has.
func (s *Server) Accept(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = true
}

// Revoke makes every token that was given out worthless.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// Withdraw makes every consent of a person worthless, and every token that was given out.
func (s *Server) Withdraw() {
	s.Revoke()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.consents)
}

// FailTokens makes the token endpoint answer with status; zero makes it work again.
func (s *Server) FailTokens(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenState = status
}

func (s *Server) knows(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[token]
}

// grant is the token endpoint.
func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	status := s.tokenState
	s.mu.Unlock()
	// As Google's does, it repeats what it was sent.
	said := r.PostFormValue("assertion") + r.PostFormValue("refresh_token")
	if status != 0 {
		write(w, status, map[string]string{"error": "server_error", "error_description": "for " + said})
		return
	}
	if !s.consented(r) && !s.asserted(r) {
		write(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "for " + said})
		return
	}
	token := "ya29." + rand.Text()
	s.mu.Lock()
	s.tokens[token] = true
	s.granted++
	s.mu.Unlock()
	write(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3599})
}

// asserted reports whether the request is a signed assertion of the server's account (RFC 7523).
func (s *Server) asserted(r *http.Request) bool {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(r.PostFormValue("assertion"), claims, func(*jwt.Token) (any, error) { return s.key().Public(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(s.TokenURL), jwt.WithIssuer(Email), jwt.WithExpirationRequired())
	return err == nil && claims["scope"] == scope && r.PostFormValue("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
}

// consented reports whether the request is a refresh token that the server knows (RFC 6749, section 6).
func (s *Server) consented(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.PostFormValue("grant_type") == "refresh_token" && s.consents[r.PostFormValue("refresh_token")] &&
		r.PostFormValue("client_id") == clientID && r.PostFormValue("client_secret") == clientSecret
}
