package config

import (
	"net/url"
	"time"
)

// Trino says which data warehouse answers questions about orders and advertising.
type Trino struct {
	URL     string        `env:"MOA_TRINO_URL" help:"The Trino server that questions about orders and ads are put to: http(s)://user[:password]@host:port?catalog=…&schema=…, where the tables orders and ads have the columns of moa import. Without it they are answered from Moa's own database."`
	Timeout time.Duration `env:"MOA_TRINO_TIMEOUT" envDefault:"1m" help:"How long a question to Trino may take."`
}

func (t Trino) validate(complain func(bad bool, format string, args ...any)) {
	complain(t.URL != "" && !isHTTP(t.URL), "MOA_TRINO_URL is not an http or https URL") // which may hold a password
	complain(t.Timeout <= 0, "MOA_TRINO_TIMEOUT must be positive, such as 1m")
}

// GA4 says whether questions about visits go to Google Analytics 4, with the credentials that owners give.
type GA4 struct {
	URL      string        `env:"MOA_GA4_URL" help:"The Data API of Google Analytics 4 that questions about visits are put to, with the credentials of each store: https://analyticsdata.googleapis.com. Without it they are answered from Moa's own database."`
	TokenURL string        `env:"MOA_GA4_TOKEN_URL" envDefault:"https://oauth2.googleapis.com/token" help:"Where credentials are changed for access tokens."`
	Timeout  time.Duration `env:"MOA_GA4_TIMEOUT" envDefault:"1m" help:"How long a report of GA4 may take."`
}

func (g GA4) validate(complain func(bad bool, format string, args ...any)) {
	complain(g.URL != "" && !isHTTP(g.URL), "MOA_GA4_URL is not an http or https URL")
	complain(!isHTTP(g.TokenURL), "MOA_GA4_TOKEN_URL is not an http or https URL")
	complain(g.Timeout <= 0, "MOA_GA4_TIMEOUT must be positive, such as 1m")
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
