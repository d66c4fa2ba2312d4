package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// ticket is what a signed address allows: one file of one size, until an instant. The key tells its type.
type ticket struct {
	key     string
	size    int64
	expires int64 // Unix seconds
}

// sign returns the address at which [Service.Handler] takes the file.
func (s *Service) sign(key string, size int, expires time.Time) string {
	t := ticket{key: key, size: int64(size), expires: expires.Unix()}
	query := url.Values{
		"size":      {strconv.FormatInt(t.size, 10)},
		"expires":   {strconv.FormatInt(t.expires, 10)},
		"signature": {base64.RawURLEncoding.EncodeToString(s.mac(t))},
	}
	return s.uploadURL + key + "?" + query.Encode()
}

// verify returns what a signed address allows; false when it was not signed here or has ended.
func (s *Service) verify(key string, query url.Values) (ticket, bool) {
	size, errSize := strconv.ParseInt(query.Get("size"), 10, 64)
	expires, errExpires := strconv.ParseInt(query.Get("expires"), 10, 64)
	signature, errSignature := base64.RawURLEncoding.DecodeString(query.Get("signature"))
	if errSize != nil || errExpires != nil || errSignature != nil {
		return ticket{}, false
	}
	t := ticket{key: key, size: size, expires: expires}
	return t, hmac.Equal(signature, s.mac(t)) && s.now().Unix() < expires
}

// mac returns the HMAC-SHA256 (RFC 2104) of a ticket. No key holds a line break, so no two tickets
// have one text.
func (s *Service) mac(t ticket) []byte {
	mac := hmac.New(sha256.New, s.key)
	_, _ = fmt.Fprintf(mac, "PUT\n%s\n%d\n%d", t.key, t.size, t.expires) // a hash never fails
	return mac.Sum(nil)
}
