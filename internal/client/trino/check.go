package trino

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Check asks the server what it is, by one cheap request without a query, and returns words for
// everybody, such as "Trino 476". It does not try the credential: the server tells this to anybody.
func (c *Client) Check(ctx context.Context) (string, error) {
	if err := c.credential.allowed(c.server); err != nil {
		return "", err
	}
	ctx = (&errand{credential: c.credential}).into(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server.JoinPath("/v1/info").String(), nil)
	if err != nil {
		return "", fmt.Errorf("trino: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", explain(ctx, err, "")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return "", failed(kindOf(response.StatusCode), fmt.Sprintf("status %d", response.StatusCode))
	}
	var info struct {
		NodeVersion struct {
			Version string `json:"version"`
		} `json:"nodeVersion"`
		Starting bool `json:"starting"`
	}
	switch err := json.NewDecoder(response.Body).Decode(&info); {
	case err != nil:
		return "", failed(ErrUnavailable, errAnswer.Error())
	case info.Starting:
		return "", failed(ErrUnavailable, "the server is starting")
	}
	return "Trino " + info.NodeVersion.Version, nil
}
