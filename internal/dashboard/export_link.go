package dashboard

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// exportLife is how long the address of a download works.
const exportLife = 15 * time.Minute

// maxTicket is the longest ticket that is read, in bytes after unpacking.
const maxTicket = 1 << 20

// ticket is what the address of a download allows: one question, about the stores that its asker saw,
// until an instant.
type ticket struct {
	Asked   asked `json:"asked"`
	Expires int64 `json:"expires"` // Unix seconds
}

// ExportURL returns the address at which [Service.Exports] gives all rows of an answer as CSV for fifteen
// minutes, to whoever has it.
func (s *Service) ExportURL(a *Analysis) (string, error) {
	text, err := json.Marshal(ticket{a.asked, s.deps.Now().Add(exportLife).Unix()})
	if err != nil {
		return "", fmt.Errorf("write a ticket: %w", err)
	}
	var packed bytes.Buffer
	packer, _ := flate.NewWriter(&packed, flate.BestSpeed) // fails for an unknown level only
	_, _ = packer.Write(text)                              // a buffer takes everything
	_ = packer.Close()
	body := base64.RawURLEncoding.EncodeToString(packed.Bytes())
	return s.deps.ExportURL + body + "." + base64.RawURLEncoding.EncodeToString(s.mac(body)), nil
}

// admit returns what an address allows; false when it was not made here or has ended.
func (s *Service) admit(body, signature string) (asked, bool) {
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(mac, s.mac(body)) {
		return asked{}, false
	}
	packed, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return asked{}, false
	}
	var t ticket
	err = json.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxTicket)).Decode(&t)
	return t.Asked, err == nil && s.deps.Now().Unix() < t.Expires
}

// mac returns the HMAC-SHA256 (RFC 2104) of a ticket. What is signed for other purposes begins otherwise.
func (s *Service) mac(body string) []byte {
	mac := hmac.New(sha256.New, s.deps.SigningKey)
	_, _ = io.WriteString(mac, "EXPORT\n"+body) // a hash never fails
	return mac.Sum(nil)
}
