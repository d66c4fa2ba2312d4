package ga4

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"
)

const (
	// scope lets nobody change anything.
	scope = "https://www.googleapis.com/auth/analytics.readonly"
	// tokensKept is more credentials than are asked within the hour that a token lasts.
	tokensKept = 1_000
)

// purse gets and keeps the tokens of service accounts and of persons.
type purse struct {
	transport http.RoundTripper
	url       string
	kept      *lru.Cache[[sha256.Size]byte, *pocket]
}

// pocket is the token of one credential. Whoever holds the turn may look at it and replace it.
type pocket struct {
	turn  chan struct{}
	token *oauth2.Token
}

func newPurse(transport http.RoundTripper, url string) (*purse, error) {
	kept, err := lru.New[[sha256.Size]byte, *pocket](tokensKept)
	return &purse{transport, url, kept}, err
}

// token returns a token that is good for now, from the purse or from the endpoint; of many who need the
// same, one asks.
func (p *purse) token(ctx context.Context, s secret) (*oauth2.Token, error) {
	switch {
	case s.source != nil:
		token, err := s.source.Token()
		if err != nil {
			return nil, tokenFault(ctx, err)
		}
		return token, nil
	case s.account == nil && s.consent == nil:
		return nil, failed(ErrCredentials, "nobody asks")
	}
	mine := &pocket{turn: make(chan struct{}, 1)}
	if theirs, ok, _ := p.kept.PeekOrAdd(s.id, mine); ok {
		mine = theirs
		p.kept.Get(s.id) // so that it counts as used
	}
	select {
	case mine.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-mine.turn }()
	if mine.token.Valid() {
		return mine.token, nil
	}
	token, err := p.fetch(ctx, s)
	if err != nil {
		return nil, err
	}
	mine.token = token
	return token, nil
}

// forget drops a token that GA4 does not take.
func (p *purse) forget(s secret) { p.kept.Remove(s.id) }

// fetch asks the endpoint.
func (p *purse) fetch(ctx context.Context, s secret) (*oauth2.Token, error) {
	client := &http.Client{
		Transport:     bound{ctx, p.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	token, err := p.source(context.WithValue(ctx, oauth2.HTTPClient, client), s).Token()
	switch {
	case err != nil:
		return nil, tokenFault(ctx, err)
	case token.AccessToken == "":
		return nil, failed(ErrUnavailable, "the token endpoint gives no token")
	}
	return token, nil
}

// source returns where the credential gets a token: for a signed assertion (RFC 7523), or for a refresh token
// (RFC 6749, section 6).
func (p *purse) source(ctx context.Context, s secret) oauth2.TokenSource {
	if c := s.consent; c != nil {
		config := oauth2.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret,
			Endpoint: oauth2.Endpoint{TokenURL: p.url, AuthStyle: oauth2.AuthStyleInParams},
		}
		return config.TokenSource(ctx, &oauth2.Token{RefreshToken: c.RefreshToken})
	}
	a := s.account
	config := jwt.Config{Email: a.ClientEmail, PrivateKey: []byte(a.PrivateKey), PrivateKeyID: a.PrivateKeyID, Scopes: []string{scope}, TokenURL: p.url}
	return config.TokenSource(ctx)
}

// bound ends requests with ctx, which oauth2 does not. It lives as long as one fetch.
type bound struct {
	ctx  context.Context // oauth2 takes no other way
	base http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	return b.base.RoundTrip(r.WithContext(b.ctx))
}

// tokenFault reads what a token source says. Its words may quote what was sent.
func tokenFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) || answer.Response == nil {
		return failed(ErrUnavailable, "no token")
	}
	status := answer.Response.StatusCode
	if status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		return failed(ErrCredentials, fmt.Sprintf("the token endpoint says %d", status))
	}
	return failed(ErrUnavailable, fmt.Sprintf("the token endpoint says %d", status))
}
