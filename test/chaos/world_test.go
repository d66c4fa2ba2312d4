package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/demo"
	"github.com/moa-bff/moa/test/chaos"
)

// remembered bounds how much of a kind the clients remember.
const remembered = 300

// operatorToken is the kind of what operators are known by.
const operatorToken = "operatortoken"

// world is what all clients have learned from the answers, to ask for it again.
type world struct {
	mu    sync.Mutex
	known map[string][]string // by kind: a prefix of identities, or cursor, code, refreshToken, accessToken, …
}

// learn remembers a value; the oldest are forgotten.
func (w *world) learn(kind, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.known[kind]
	if slices.Contains(list, value) {
		return
	}
	if len(list) == remembered {
		list = list[1:]
	}
	w.known[kind] = append(list, value)
}

// any returns something of a kind, or "".
func (w *world) any(r *rand.Rand, kind string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.known[kind]
	if len(list) == 0 {
		return ""
	}
	return list[r.IntN(len(list))]
}

func (w *world) forget(kind, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[kind] = slices.DeleteFunc(slices.Clone(w.known[kind]), func(v string) bool { return v == value })
}

// clear forgets everything.
func (w *world) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.known)
}

func (w *world) size(kind string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.known[kind])
}

var (
	identity = regexp.MustCompile(`^([a-z]{3})_[0-9A-Z]+$`)
	kinds    = regexp.MustCompile(`^(cursor|startCursor|endCursor|code|accessToken|refreshToken|blobKey)$`)
)

// harvest learns what an answer holds.
func (w *world) harvest(value any) {
	switch v := value.(type) {
	case *chaos.Object:
		for key, inner := range v.Values {
			if text, ok := inner.(string); ok && kinds.MatchString(key) {
				w.learn(strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(key, "start"), "end")), text)
			}
			w.harvest(inner)
		}
	case []any:
		for _, inner := range v {
			w.harvest(inner)
		}
	case string:
		if match := identity.FindStringSubmatch(v); match != nil {
			w.learn(match[1], v)
		}
	}
}

// imagination proposes values that mean something to this schema, and now and then some that do not.
type imagination struct {
	*world
	*chaos.Author
	mine     *world // what was learned as who the client is now
	prefixes []string
}

// propose implements the Value of an author.
func (i imagination) propose(typeName, name string) (any, bool) {
	r := i.Rand
	if r.Float64() < 0.06 {
		return nil, false // whatever the type allows
	}
	switch typeName {
	case "ID":
		return i.id(name), true
	case "Cursor":
		return i.cursor(), true
	case "Int":
		return i.number(name)
	case "Float":
		switch name {
		case "latitude":
			return 37.5 + r.Float64()/10, true
		case "longitude":
			return 127 + r.Float64()/10, true
		}
	case "DateTime":
		return i.instant(name), true
	case "Date":
		return time.Now().AddDate(0, 0, 1-r.IntN(40)).Format(time.DateOnly), true
	case "String":
		return i.text(name)
	case "AnalysisInput":
		return i.question()
	}
	return nil, false
}

// question makes a question that can be answered, half of the time: parts of any are one hardly ever.
func (i imagination) question() (any, bool) {
	r := i.Rand
	if r.IntN(2) == 0 {
		return nil, false
	}
	now := time.Now()
	kind := [...][2]string{{"orders", "revenue"}, {"coupons", "claims"}}[r.IntN(2)]
	return map[string]any{"data": kind[0], "measures": []any{kind[1]}, "period": map[string]any{
		"from": now.AddDate(0, 0, -1-r.IntN(40)).Format(time.DateOnly), "to": now.Format(time.DateOnly),
	}}, true
}

func (i imagination) id(name string) string {
	kind := map[string]string{"storeId": "sto", "couponId": "cpn", "userId": "usr", "ownerId": "usr", "sessionId": "cns", "roomId": "crm"}[name]
	if kind == "" || i.Rand.Float64() < 0.05 {
		kind = i.prefixes[i.Rand.IntN(len(i.prefixes))]
		if i.Rand.Float64() < 0.6 {
			kind = [5]string{"sto", "cpn", "cns", "crm", "dsh"}[i.Rand.IntN(5)]
		}
	}
	id := i.any(i.Rand, kind)
	if own := i.mine.any(i.Rand, kind); own != "" && i.Rand.IntN(2) == 0 {
		id = own
	}
	switch i.Rand.IntN(20) {
	case 0:
		return id + " "
	case 1:
		return kind + "_" + i.Text()
	}
	return id
}

func (i imagination) cursor() string {
	cursor := []byte(i.any(i.Rand, "cursor"))
	if len(cursor) > 0 && i.Rand.Float64() < 0.15 {
		cursor[i.Rand.IntN(len(cursor))] = "AZaz09-_=."[i.Rand.IntN(10)]
	}
	return string(cursor)
}

func (i imagination) number(name string) (any, bool) {
	r := i.Rand
	switch name {
	case "first", "last":
		return r.IntN(5), true
	case "quantity":
		return 1 + r.IntN(20), true
	case "value", "radiusMeters", "byteSize":
		return 1 + r.IntN(100), true
	case "minOrderAmount", "maxAmount":
		return 1 + r.IntN(50_000), true
	}
	return nil, false
}

// instant returns times that follow on each other mostly, and coupons that begin, end and expire soon.
func (i imagination) instant(name string) string {
	r := i.Rand
	now := time.Now().UTC()
	seconds := func(from, to int) time.Duration { return time.Duration(from+r.IntN(to-from)) * time.Second }
	at := now.Add(seconds(-4000, 4000))
	switch name {
	case "startsAt":
		at = now.Add(seconds(-200, 4))
	case "endsAt":
		at = now.Add(seconds(3, 600))
	case "expiresAt":
		at = now.Add(seconds(5, 1200))
	}
	return at.Format(time.RFC3339Nano)
}

func (i imagination) text(name string) (any, bool) {
	r := i.Rand
	pick := func(texts ...string) (any, bool) { return texts[r.IntN(len(texts))], true }
	switch {
	case name == "email":
		if r.Float64() < 0.4 {
			return pick("owner@moa.example", "user@moa.example", "admin@moa.example", "USER@moa.example")
		}
		return fmt.Sprintf("chaos-%d@moa.example", r.IntN(3000)), true
	case strings.Contains(strings.ToLower(name), "password"):
		return pick(demo.Password, demo.Password, demo.Password, "another-"+demo.Password, "wrong")
	case name == "name" || name == "title":
		return fmt.Sprintf("혼돈 %d", r.IntN(1000)), true
	case name == "category":
		return pick("카페", "식당", "꽃집")
	case name == "search":
		return pick("커피", "할인", "혼돈", "a", "빵 할인", "%")
	case name == "idempotencyKey":
		return fmt.Sprintf("key-%d", r.IntN(40)), true
	case name == "contentType":
		return pick("image/png", "image/jpeg", "text/html")
	case name == "code":
		return i.any(r, "code"), true
	case name == "refreshToken":
		return i.any(r, "refreshtoken"), true
	case strings.HasSuffix(name, "Key"):
		return i.any(r, "blobkey"), true
	case name == "topic":
		return pick("coupon.claimed", "coupon.published", "nothing")
	}
	return nil, false
}
