package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxRefusal bounds what is read of a body that only says why not.
const maxRefusal = 64 << 10

// refusal is how a provider says no: with a status of HTTP, or in band with status 200.
type refusal struct {
	status  int           // zero in band
	code    string        // the provider's own, such as "40002" or "context_length_exceeded"
	message string        // read to understand, never repeated: it may quote the prompt
	after   time.Duration // Retry-After
}

// Error implements error, for the way through the SDK.
func (r *refusal) Error() string { return "refused with " + r.detail() }

// plainCode is what a code looks like. Anything else is not repeated.
var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

func (r *refusal) detail() string {
	said := "in band"
	if r.status != 0 {
		said = fmt.Sprintf("HTTP %d", r.status)
	}
	if plainCode.MatchString(r.code) {
		said += ", code " + r.code
	}
	return said
}

// judge lets answers pass the SDK and makes refusals of all else. The SDK would read the bodies of
// errors without bound, and loses the status of those that are not in OpenAI's form.
func judge(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	res, err := next(req)
	if err != nil || (res.StatusCode >= 200 && res.StatusCode < 300) {
		return res, err
	}
	defer res.Body.Close() //nolint:errcheck // it has been read
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	r := readRefusal(body)
	r.status = res.StatusCode
	r.after = retryAfter(res.Header.Get("Retry-After"))
	return nil, r
}

// retryAfter reads the header of RFC 9110 §10.2.3: seconds, or a date. Zero when it is missing, past
// or something else.
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, time.Until(at))
}

// readRefusal understands the forms of OpenAI, {"error":{"code":"x","message":"…"}}, of Gemini, which
// puts that into a list and has numbers for codes, and of CLOVA, {"status":{"code":"40003",…}}.
func readRefusal(body []byte) *refusal {
	body = bytes.TrimSpace(body)
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0]
	}
	var form struct {
		Error  json.RawMessage `json:"error"`
		Status json.RawMessage `json:"status"`
	}
	_ = json.Unmarshal(body, &form) // HTML of a gateway has no code
	if stated(form.Error) {
		return reasonOf(form.Error)
	}
	return reasonOf(form.Status)
}

// reasonOf reads the object, or the mere text, inside a refusal.
func reasonOf(raw json.RawMessage) *refusal {
	var reason struct {
		Code    json.RawMessage `json:"code"`
		Type    string          `json:"type"`
		Status  string          `json:"status"`
		Message string          `json:"message"`
	}
	if json.Unmarshal(raw, &reason) != nil {
		var text string
		_ = json.Unmarshal(raw, &text) // else it stays unexplained
		return &refusal{message: text}
	}
	code := strings.Trim(string(reason.Code), `"`)
	for _, other := range []string{reason.Type, reason.Status} {
		if code == "" || code == "null" {
			code = other
		}
	}
	return &refusal{code: code, message: reason.Message}
}

// stated reports whether an optional value is there.
func stated(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
}
