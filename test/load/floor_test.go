package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// asFloor makes this binary run as the floor over the database in this variable: what a server costs
// that answers the same and does nothing else. It has no GraphQL, no types, no rules; only net/http,
// one prepared statement a level, and JSON that is appended by hand.
const asFloor = "RUN_AS_FLOOR"

// rowConns is how many connections to the database each server may open: more than two cores can use, and
// few enough for all of the servers together.
const rowConns = 8

// floor answers what is measured.
type floor struct {
	*lookups
	constant atomic.Pointer[[]byte]
}

// serveFloor serves until ctx ends, and says where.
func serveFloor(ctx context.Context, source string, out io.Writer) error {
	found, err := openLookups(ctx, source)
	if err != nil {
		return err
	}
	f := &floor{lookups: found}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /constant", f.remember)
	mux.HandleFunc("POST /constant", f.repeat)
	mux.HandleFunc("POST /coupon", f.coupon)
	mux.HandleFunc("POST /nested", f.nested)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(out, "floor %s\n", listener.Addr())
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// remember sets the constant.
func (f *floor) remember(_ http.ResponseWriter, r *http.Request) {
	if text, err := io.ReadAll(r.Body); err == nil {
		f.constant.Store(&text)
	}
}

// repeat answers with the constant.
func (f *floor) repeat(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err == nil {
		answer(w, *f.constant.Load(), nil)
	}
}

// answer writes a body, or what went wrong.
func answer(w http.ResponseWriter, body []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the driver notices what is missing
}

// coupon answers a coupon with its store and owner.
func (f *floor) coupon(w http.ResponseWriter, r *http.Request) {
	var request struct{ Variables struct{ ID string } }
	err := json.NewDecoder(r.Body).Decode(&request)
	var body []byte
	if err == nil {
		body, err = f.couponBody(r.Context(), request.Variables.ID)
	}
	answer(w, body, err)
}

func (f *floor) couponBody(ctx context.Context, id string) ([]byte, error) {
	coupon, err := f.couponOf(ctx, id)
	if err != nil {
		return nil, err
	}
	stores, err := f.storesOf(ctx, []string{coupon.store})
	if err != nil {
		return nil, err
	}
	users, err := f.usersOf(ctx, []string{stores[0].owner})
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, 512), `{"data":{"coupon":`...)
	return append(appendCoupon(b, coupon, stores[0], users[0]), "}}"...), nil
}

// nested answers the newest stores with their owners and coupons.
func (f *floor) nested(w http.ResponseWriter, r *http.Request) {
	_, err := io.Copy(io.Discard, r.Body)
	var body []byte
	if err == nil {
		body, err = f.nestedBody(r.Context())
	}
	answer(w, body, err)
}

func (f *floor) nestedBody(ctx context.Context) ([]byte, error) {
	stores, err := f.newestStores(ctx)
	if err != nil {
		return nil, err
	}
	ids, owners := make([]string, len(stores)), make([]string, len(stores))
	for i, s := range stores {
		ids[i], owners[i] = s.id, s.owner
	}
	coupons, err := f.couponsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	users, err := f.usersOf(ctx, owners)
	if err != nil {
		return nil, err
	}
	people := make(map[string]floorUser, len(users))
	for _, u := range users {
		people[u.id] = u
	}
	ofStore := make(map[string][]floorCoupon, len(stores))
	for _, c := range coupons {
		ofStore[c.store] = append(ofStore[c.store], c)
	}
	b := append(make([]byte, 0, 32<<10), `{"data":{"stores":{"edges":[`...)
	for i, s := range stores {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendStoreWithCoupons(b, s, people[s.owner], ofStore[s.id])
	}
	return append(b, "]}}}"...), nil
}

func appendStoreWithCoupons(b []byte, s floorStore, owner floorUser, coupons []floorCoupon) []byte {
	b = append(b, `{"node":`...)
	b = appendStore(b, s, owner)
	b = append(b[:len(b)-1], `,"coupons":{"edges":[`...)
	for i, c := range coupons {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"node":`...)
		b = append(appendCoupon(b, c, s, owner), '}')
	}
	return append(b, "]}}}"...)
}

func appendCoupon(b []byte, c floorCoupon, s floorStore, owner floorUser) []byte {
	b = appendText(append(b, `{"id":`...), c.id)
	b = appendText(append(b, `,"title":`...), c.title)
	b = strconv.AppendInt(append(b, `,"remaining":`...), c.remaining, 10)
	return append(appendStore(append(b, `,"store":`...), s, owner), '}')
}

func appendStore(b []byte, s floorStore, owner floorUser) []byte {
	b = appendText(append(b, `{"id":`...), s.id)
	b = appendText(append(b, `,"name":`...), s.name)
	b = appendText(append(b, `,"owner":{"id":`...), owner.id)
	b = appendText(append(b, `,"name":`...), owner.name)
	return append(b, "}}"...)
}

// appendText appends a string of JSON.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // text always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
