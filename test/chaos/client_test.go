package chaos_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/test/chaos"
)

// answerTime is how long an answer may take on a machine that is much too busy.
const answerTime = time.Minute

// client does one random thing after the other.
type client struct {
	*world
	mine *world // what was learned as who the client is now
	*judge
	number int
	url    string
	http   *http.Client
	rand   *rand.Rand
	author *chaos.Author
	token  string
}

// address is where the client claims to be, so that it is counted for itself.
func (c *client) address() string { return fmt.Sprintf("198.51.100.%d", c.number+1) }

func (c *client) chance(p float64) bool { return c.rand.Float64() < p }

// run goes on until ctx ends.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		switch n := c.rand.Float64(); {
		case n < 0.45:
			c.ask(ctx, c.operation(0.04))
		case n < 0.62:
			c.ask(ctx, c.useful())
		case n < 0.70:
			c.follow(ctx)
		case n < 0.84:
			c.converse(ctx)
		case n < 0.92:
			c.babble(ctx)
		default:
			c.change(ctx)
		}
	}
}

// operation writes an operation that may run over any transport but a stream.
func (c *client) operation(wild float64) chaos.Operation {
	kind := ast.Query
	if c.chance(0.4) {
		kind = ast.Mutation
	}
	return c.write(kind, wild, 1+c.rand.IntN(2))
}

// write writes an operation of n root fields.
func (c *client) write(kind ast.Operation, wild float64, n int) chaos.Operation {
	root := map[ast.Operation]*ast.Definition{
		ast.Query: c.schema.Query, ast.Mutation: c.schema.Mutation, ast.Subscription: c.schema.Subscription,
	}[kind]
	fields := make([]string, n)
	for i := range fields {
		fields[i] = c.field(root)
	}
	c.author.Wild, c.author.MaxDepth = wild, 2+c.rand.IntN(6)
	return c.author.Ask(kind, fields...)
}

// field chooses a root field; what takes things away is rare, or nothing would be left.
func (c *client) field(root *ast.Definition) string {
	for {
		name := root.Fields[c.rand.IntN(len(root.Fields))].Name
		rare := strings.HasPrefix(name, "delete") || strings.HasPrefix(name, "set") || name == "signOut"
		if !strings.HasPrefix(name, "__") && (!rare || c.chance(0.15)) {
			return name
		}
	}
}

// useful writes what a person would do, so that there is something to race for.
func (c *client) useful() chaos.Operation {
	fields := []string{"claimCoupon", "claimCoupon", "claimCoupon", "claimCoupon", "redeemCoupon", "redeemCoupon", "createCoupon", "createCoupon", "createStore", "updateCoupon", "followStore", "followCoupon", "unfollowStore"}
	c.author.Wild, c.author.MaxDepth = 0, 4
	return c.author.Ask(ast.Mutation, fields[c.rand.IntN(len(fields))])
}

// ask sends an operation in one of the ways of HTTP and judges the answer.
func (c *client) ask(ctx context.Context, op chaos.Operation) chaos.Answer {
	sent := op
	if c.chance(0.1) { // automatic persisted queries: first the hash alone, then with the text
		sum := sha256.Sum256([]byte(op.Query))
		hash := hex.EncodeToString(sum[:])
		if c.chance(0.2) {
			hash = strings.Repeat("0", 64)
		}
		sent.Extensions = map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
		if c.chance(0.5) {
			sent.Query = ""
		}
	}
	body, err := json.Marshal(sent)
	if err != nil {
		c.complain("cannot send %+v: %v", sent, err)
		return chaos.Answer{}
	}
	r := c.request(ctx, http.MethodPost, bytes.NewReader(body))
	way := "POST"
	if strings.HasPrefix(op.Query, "query") && c.chance(0.2) {
		way = "GET"
		r = c.request(ctx, http.MethodGet, nil)
		r.URL.RawQuery = url.Values{
			"query": {sent.Query}, "operationName": {sent.OperationName},
			"variables": {asJSON(sent.Variables)}, "extensions": {asJSON(sent.Extensions)},
		}.Encode()
	}
	status, text, err := c.send(r)
	if err != nil {
		return chaos.Answer{}
	}
	c.tally(way)
	a := c.response(&op, text)
	c.judgeStatus(r, status, a)
	c.harvest(a.Data)
	c.mine.harvest(a.Data)
	c.notice(a)
	return a
}

func asJSON(value map[string]any) string {
	if value == nil {
		return ""
	}
	text, _ := json.Marshal(value) // it has been done before
	return string(text)
}

// request prepares a request of this client.
func (c *client) request(ctx context.Context, method string, body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/graphql", body)
	if err != nil {
		panic(err) // the address was good enough for the others
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", c.address())
	if accept := [...]string{"", "*/*", "application/json", "application/graphql-response+json"}[c.rand.IntN(4)]; accept != "" {
		r.Header.Set("Accept", accept)
	}
	if c.chance(0.3) {
		r.Header.Set("Accept-Language", "ko")
	}
	if token := c.credentials(); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// credentials returns the client's token, mostly.
func (c *client) credentials() string {
	switch n := c.rand.Float64(); {
	case n < 0.05:
		return ""
	case n < 0.06:
		return "not.a.token"
	case n < 0.07 && len(c.token) > 40: // tampered with
		return c.token[:len(c.token)-8] + "AAAAAAAA"
	}
	return c.token
}

// send returns the answer's status and text. A server that does not answer is complained of, a client that
// has to go is not.
func (c *client) send(r *http.Request) (status int, text []byte, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	response, err := c.http.Do(r.WithContext(ctx))
	if err == nil {
		text, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		status = response.StatusCode
	}
	if err != nil && !over(r.Context()) {
		c.complain("%s %s: %v\n%s", r.Method, r.URL, err, bodyOf(r))
	}
	return status, text, err
}

// over reports whether the time of ctx has come. A connection that is being made may learn of it before ctx.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// bodyOf returns what a request has sent.
func bodyOf(r *http.Request) []byte {
	if r.GetBody == nil {
		return nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(body) // from memory
	return text
}

// statuses are those that the endpoint may answer with.
var statuses = []int{200, 400, 403, 405, 406, 413, 415, 422, 429, 503}

func (c *client) judgeStatus(r *http.Request, status int, a chaos.Answer) {
	c.tally(fmt.Sprintf("status %d", status))
	if !slices.Contains(statuses, status) && (status != http.StatusUnauthorized) {
		c.complain("%s was answered with %d: %+v", r.Method, status, a)
	}
	if status != http.StatusOK && a.HasData {
		c.complain("data with status %d: %+v", status, a)
	}
}

// notice lets go of a token that is refused.
func (c *client) notice(a chaos.Answer) {
	if len(a.Errors) > 0 && a.Errors[0].Code() == "UNAUTHENTICATED" && !a.HasData {
		c.forget("accesstoken", c.token)
		c.forget(operatorToken, c.token)
		c.token = ""
	}
}

// change becomes somebody else: an old acquaintance, a guest, or somebody new.
func (c *client) change(ctx context.Context) {
	c.mine.clear()
	switch n := c.rand.Float64(); {
	case n < 0.1:
		c.token = ""
	case n < 0.7 && c.number < len(operators()) && c.size(operatorToken) > 0:
		c.token = c.any(c.rand, operatorToken)
	case n < 0.95 && c.size("accesstoken") > 30:
		c.token = c.any(c.rand, "accesstoken")
	default:
		c.token = c.signUp(ctx)
	}
}

// signUp makes a user or an owner and returns the token.
func (c *client) signUp(ctx context.Context) string {
	a := c.ask(ctx, chaos.Operation{
		Query: `mutation($i: SignUpInput!) { signUp(input: $i) { session { accessToken refreshToken user { id } } userErrors { code } } }`,
		Variables: map[string]any{"i": map[string]any{
			"email": fmt.Sprintf("new-%d-%d@moa.example", c.number, c.rand.Uint64()), "password": demo.Password,
			"name": "혼돈", "role": [2]string{"USER", "OWNER"}[c.rand.IntN(2)],
		}},
	})
	return accessToken(a, "signUp")
}

func accessToken(a chaos.Answer, field string) string {
	value := a.Data
	for _, step := range []string{field, "session", "accessToken"} {
		o, ok := value.(*chaos.Object)
		if !ok {
			return ""
		}
		value = o.Values[step]
	}
	token, _ := value.(string)
	return token
}

// babble sends what is no GraphQL request.
func (c *client) babble(ctx context.Context) {
	body, _ := json.Marshal(c.operation(0.3))
	switch c.rand.IntN(6) {
	case 0:
		body = body[:c.rand.IntN(len(body))]
	case 1:
		body = append(body, '}')
	case 2:
		body = []byte(c.author.Text())
	case 3:
		body = append(append([]byte{'['}, body...), ']')
	case 4:
		body[c.rand.IntN(len(body))] = byte(c.rand.IntN(256))
	case 5:
		body = bytes.Repeat([]byte("x"), c.rand.IntN(1<<12))
	}
	r := c.request(ctx, [...]string{"POST", "POST", "POST", "GET", "PUT", "DELETE"}[c.rand.IntN(6)], bytes.NewReader(body))
	header := [...][2]string{
		{"Content-Type", "text/plain"},
		{"Content-Type", "application/json; charset=utf-16"},
		{"Content-Encoding", "gzip"},
		{"Accept", "image/png"},
		{"Origin", "https://evil.example"},
		{"Authorization", "Basic eDp5"},
		{"Cookie", "moa_access=x; a=b"},
		{"X-Nothing", "x"},
		{"X-Nothing", "y"},
		{"X-Nothing", "z"},
	}[c.rand.IntN(10)]
	r.Header.Set(header[0], header[1])
	status, text, err := c.send(r)
	if err != nil {
		return
	}
	c.tally("nonsense")
	if status == http.StatusForbidden && header[0] == "Origin" {
		return // a page that may not read the answer anyway
	}
	a, err := chaos.ReadAnswer(text)
	if err != nil {
		c.complain("%v: %d %.500s to %s %.500q", err, status, text, r.Method, body)
		return
	}
	c.errors(nil, a.Errors)
	c.judgeStatus(r, status, a)
}
