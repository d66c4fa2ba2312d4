package transport

import (
	"mime"
	"strconv"
	"strings"
)

const (
	mediaJSON        = "application/json"
	mediaResponse    = "application/graphql-response+json"
	mediaEventStream = "text/event-stream"
)

// preference is how much a client wants one media type (RFC 9110 §12.5.1).
type preference struct {
	quality     float64 // 0 is "not acceptable"
	specificity int     // 0 none, 1 "*/*", 2 "type/*", 3 named
	position    int     // of the range in the header
}

// better reports whether p wins over other: by quality, then by being named more exactly.
func (p preference) better(other preference) bool {
	if p.quality != other.quality {
		return p.quality > other.quality
	}
	return p.specificity > other.specificity
}

// equals reports whether neither is better.
func (p preference) equals(other preference) bool {
	return p.quality == other.quality && p.specificity == other.specificity
}

// preferenceFor returns how much the Accept header wants the media type. Of several ranges
// that match, the most specific one counts. A range with a charset other than UTF-8 does not
// match: JSON and event streams are UTF-8 and nothing else.
func preferenceFor(accept []string, media string) preference {
	kind, _, _ := strings.Cut(media, "/")
	var found preference
	position := 0
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			position++
			name, params, err := mime.ParseMediaType(item)
			if err != nil || !isUTF8(params) {
				continue
			}
			specificity := 0
			switch name {
			case media:
				specificity = 3
			case kind + "/*":
				specificity = 2
			case "*/*":
				specificity = 1
			}
			if specificity > found.specificity {
				found = preference{qualityOf(params), specificity, position}
			}
		}
	}
	return found
}

// negotiate chooses the media type of an answer, and is false when the client accepts none
// that we have. The legacy application/json is the default for a client that names nothing;
// one that names both with the same weight gets the newer type, whose status codes say more.
func negotiate(accept []string) (media string, ok bool) {
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return mediaJSON, true
	}
	legacy, modern := preferenceFor(accept, mediaJSON), preferenceFor(accept, mediaResponse)
	if legacy.quality == 0 && modern.quality == 0 {
		return mediaJSON, false
	}
	if modern.better(legacy) || modern.equals(legacy) && modern.specificity == 3 {
		return mediaResponse, true
	}
	return mediaJSON, true
}

// wantsEventStream reports whether the client names text/event-stream and wants it more than JSON.
// Of equals the one that is named first wins, although HTTP gives the order no meaning: urql names
// all types with the same weight, JSON first for queries and the stream first for subscriptions.
func wantsEventStream(accept []string) bool {
	stream := preferenceFor(accept, mediaEventStream)
	if stream.specificity < 3 || stream.quality == 0 {
		return false
	}
	for _, media := range []string{mediaJSON, mediaResponse} {
		document := preferenceFor(accept, media)
		if document.better(stream) || document.equals(stream) && document.position < stream.position {
			return false
		}
	}
	return true
}

// isJSONBody reports whether a Content-Type header announces JSON in UTF-8.
func isJSONBody(contentType string) bool {
	if contentType == mediaJSON { // what most clients send, and parsing it costs more than a look
		return true
	}
	name, params, err := mime.ParseMediaType(contentType)
	return err == nil && name == mediaJSON && isUTF8(params)
}

func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// qualityOf returns the weight of a media range. A weight that cannot be read counts as 0:
// whoever writes nonsense gets no type that they may not have wanted.
func qualityOf(params map[string]string) float64 {
	text, given := params["q"]
	if !given {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
