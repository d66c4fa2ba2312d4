package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// client asks a server as somebody.
type client struct {
	url   string
	token string // empty for a guest
}

// answer is what a client sees.
type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors,omitempty"`
}

// transport has room for a flood: the default keeps two connections to a server.
var transport = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: patience}

// ask asks over POST. An error means that no answer came.
func (c client) ask(document string, variables map[string]any) (answer, error) {
	request, err := c.request(context.Background(), document, variables)
	if err != nil {
		return answer{}, err
	}
	response, err := transport.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("no JSON: %s", text)
	}
	return a, nil
}

func (c client) request(ctx context.Context, document string, variables map[string]any) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
}

// signIn returns the client of an account.
func signIn(url, email, password string) (client, error) {
	guest := client{url: url}
	a, err := guest.ask(
		`mutation($e: String!, $p: String!) { signIn(input: {email: $e, password: $p}) { session { accessToken } userErrors { code } } }`,
		map[string]any{"e": email, "p": password})
	if err == nil {
		err = a.refusal()
	}
	if err != nil {
		return guest, fmt.Errorf("sign in as %s: %w", email, err)
	}
	guest.token, err = a.at("signIn.session.accessToken")
	return guest, err
}

// refusal returns an error when the answer has errors, or names user errors.
func (a answer) refusal() error {
	if len(a.Errors) > 0 || bytes.Contains(a.Data, []byte(`"userErrors":[{`)) {
		return fmt.Errorf("refused: %s", a)
	}
	return nil
}

// String returns the answer as indented JSON: the data alone when there are no errors.
func (a answer) String() string {
	var whole any = a
	if len(a.Errors) == 0 {
		whole = a.Data
	}
	text, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// at returns what stands at a dotted path in the data: text as it is, everything else as JSON. A
// number steps into a list, and `count` counts one.
func (a answer) at(path string) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(a.Data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", fmt.Errorf("there is no data: %s", a)
	}
	for step := range strings.SplitSeq(path, ".") {
		var err error
		if value, err = into(value, step); err != nil {
			return "", fmt.Errorf("%s: %w in %s", path, err, a)
		}
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func into(value any, step string) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if inner, ok := v[step]; ok {
			return inner, nil
		}
	case []any:
		if step == "count" {
			return len(v), nil
		}
		if i, err := strconv.Atoi(step); err == nil && i < len(v) {
			return v[i], nil
		}
	}
	return nil, fmt.Errorf("there is no %s", step)
}

// askUntil asks until the answer is wanted.
func (c client) askUntil(within time.Duration, wanted func(answer) error, document string, variables map[string]any) error {
	return poll(within, func() error {
		a, err := c.ask(document, variables)
		if err != nil {
			return err
		}
		return wanted(a)
	})
}
