package trino

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	driverpkg "github.com/trinodb/trino-go-client/trino"
)

// parameters are what a URL may set. Those of the driver that carry secrets, or that belong to the HTTP
// client, are left out.
var parameters = []string{"catalog", "schema", "source", "timezone", "session_properties", "roles", "clientTags", "explicitPrepare"}

// readURL takes a URL apart into the server, who asks, and the driver's settings, which never learn
// who asks: what the driver does not know it cannot tell.
func readURL(text string) (*url.URL, Credential, *driverpkg.Config, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, Credential{}, nil, errors.New("trino: the URL is not http(s)://[user[:password]@]host[:port]")
	}
	if parsed.Path != "" && parsed.Path != "/" || parsed.Fragment != "" {
		return nil, Credential{}, nil, errors.New("trino: the URL has a path or a fragment; name catalog and schema as parameters")
	}
	query := parsed.Query()
	for name := range query {
		if !slices.Contains(parameters, name) {
			return nil, Credential{}, nil, fmt.Errorf("trino: the URL has the unknown parameter %q", name)
		}
	}
	var credential Credential
	if parsed.User != nil {
		password, _ := parsed.User.Password()
		credential = Basic(parsed.User.Username(), password)
	}
	if !query.Has("timezone") {
		query.Set("timezone", "UTC") // and not wherever this process happens to run
	}
	if !query.Has("source") {
		query.Set("source", "moa")
	}
	if !query.Has("explicitPrepare") {
		// In the body (EXECUTE IMMEDIATE, Trino 418 and later): in a header, a long statement meets the
		// limits of every proxy on its way.
		query.Set("explicitPrepare", "false")
	}
	server := &url.URL{Scheme: parsed.Scheme, Host: parsed.Host}
	config, err := driverpkg.ParseDSN(server.String() + "?" + query.Encode())
	if err != nil {
		return nil, Credential{}, nil, fmt.Errorf("trino: the URL's parameters are refused: %w", err)
	}
	return server, credential, config, nil
}
