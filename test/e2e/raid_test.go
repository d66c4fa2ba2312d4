package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The codes that a raid knows.
const (
	unavailable = "UNAVAILABLE"
	soldOut     = "COUPON_SOLD_OUT"
	noAnswer    = "no answer" // the connection was cut, or the front had nobody to ask
)

// raiders is how many of a crowd ask at the same moment, and onlookers how many look at what is left.
const (
	raiders   = 32
	onlookers = 2
)

// raid is a crowd that claims one coupon after another, everybody each of them, until it is called off.
// Whoever gets no answer, or UNAVAILABLE, asks again under the same key until there is an outcome. There
// are fewer coupons than people: the last hear that it is sold out.
type raid struct {
	url     string
	tokens  []string
	publish func(asking) (string, error) // makes the next coupon
	random  *rand.Rand                   // the order in which people come
	off     context.CancelFunc
	ended   chan struct{} // closed when everybody has an outcome

	mu       sync.Mutex
	coupons  []string
	promised map[string]map[string]string // the claims, by coupon and token
	decided  int                          // outcomes
	alarms   map[int]chan struct{}        // closed when as many claims are promised
	claims   int                          // promised claims
	troubles map[string]int               // answers that were no outcome, by code
	slowest  time.Duration                // the longest wait for any answer
	wrong    []string                     // what nobody should have heard
}

// asking is how the crowd asks.
type asking func(c client, document string, variables map[string]any) answer

// attempt is somebody who wants a coupon.
type attempt struct{ coupon, token string }

// startRaid lets the holders of the tokens go.
func startRaid(url string, tokens []string, seed uint64, publish func(asking) (string, error)) *raid {
	ctx, off := context.WithCancel(context.Background())
	r := &raid{
		url: url, tokens: tokens, publish: publish, random: rand.New(rand.NewPCG(seed, 1)), off: off, ended: make(chan struct{}),
		promised: map[string]map[string]string{}, alarms: map[int]chan struct{}{}, troubles: map[string]int{},
	}
	queue := make(chan attempt)
	go r.call(ctx, queue)
	var crowd sync.WaitGroup
	for range raiders {
		crowd.Go(func() {
			for a := range queue {
				r.insist(a)
			}
		})
	}
	for range onlookers {
		crowd.Go(func() { r.watch(ctx) })
	}
	go func() {
		crowd.Wait()
		close(r.ended)
	}()
	return r
}

// call sends people to coupon after coupon until ctx ends.
func (r *raid) call(ctx context.Context, queue chan<- attempt) {
	defer close(queue)
	for ctx.Err() == nil {
		coupon, err := r.publish(r.ask)
		if err != nil {
			breathe(ctx)
			continue
		}
		r.mu.Lock()
		r.coupons = append(r.coupons, coupon)
		r.promised[coupon] = map[string]string{}
		r.mu.Unlock()
		for _, i := range r.random.Perm(len(r.tokens)) {
			select {
			case queue <- attempt{coupon, r.tokens[i]}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// insist claims until there is an outcome.
func (r *raid) insist(a attempt) {
	variables := map[string]any{"id": a.coupon, "key": a.coupon}
	for !r.note(a, r.ask(client{r.url, a.token}, raidDocument, variables)) {
		breathe(context.Background())
	}
}

const raidDocument = `mutation($id: ID!, $key: String!) {
	claimCoupon(input: {couponId: $id, idempotencyKey: $key}) { claim { id } userErrors { code } }
}`

// watch looks at the newest coupon again and again: its numbers must agree with each other.
func (r *raid) watch(ctx context.Context) {
	for ctx.Err() == nil {
		breathe(ctx)
		coupon := r.hot()
		if coupon == "" {
			continue
		}
		a := r.ask(client{url: r.url}, `query($id: ID!) { coupon(id: $id) { quantity claimedCount remaining } }`, map[string]any{"id": coupon})
		quantity, _ := a.at("coupon.quantity")
		claimed, _ := a.at("coupon.claimedCount")
		remaining, err := a.at("coupon.remaining")
		if err == nil && number(remaining) != number(quantity)-number(claimed) {
			r.complain("a coupon says %s", a)
		}
	}
}

// hot returns the newest coupon; empty before the first.
func (r *raid) hot() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.coupons) == 0 {
		return ""
	}
	return r.coupons[len(r.coupons)-1]
}

// ask asks once, and keeps what went wrong and how long it took.
func (r *raid) ask(c client, document string, variables map[string]any) answer {
	begun := time.Now()
	a, err := c.ask(document, variables)
	took := time.Since(begun)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slowest = max(r.slowest, took)
	var network net.Error
	switch code := a.code(); {
	case errors.As(err, &network) && network.Timeout():
		r.wrong = append(r.wrong, fmt.Sprintf("nothing was answered within %s: %v", took, err))
	case err != nil:
		r.troubles[noAnswer]++
		return answer{}
	case code == unavailable:
		r.troubles[code]++
	case code != "":
		r.wrong = append(r.wrong, a.String())
	}
	return a
}

// note keeps an outcome, and returns false when the answer is none.
func (r *raid) note(a attempt, got answer) bool {
	id, claimErr := got.at("claimCoupon.claim.id")
	refusal, refusalErr := got.at("claimCoupon.userErrors.0.code")
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case claimErr == nil:
		r.promised[a.coupon][a.token] = id
		r.claims++
		if alarm, ok := r.alarms[r.claims]; ok {
			close(alarm)
			delete(r.alarms, r.claims)
		}
	case refusalErr == nil && refusal == soldOut:
	case refusalErr == nil:
		r.wrong = append(r.wrong, "a claim was refused: "+refusal)
	default:
		return false
	}
	r.decided++
	return true
}

func (r *raid) complain(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// more returns a channel that is closed when n more claims have been promised.
func (r *raid) more(n int) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	alarm, ok := r.alarms[r.claims+n]
	if !ok {
		alarm = make(chan struct{})
		r.alarms[r.claims+n] = alarm
	}
	return alarm
}

// proceed waits until n more claims have been promised.
func (r *raid) proceed(n int) error {
	select {
	case <-r.more(n):
		return nil
	case <-time.After(patience):
		r.mu.Lock()
		defer r.mu.Unlock()
		return fmt.Errorf("%d more claims are not promised within %s; troubles so far: %v", n, patience, r.troubles)
	}
}

// callOff waits until everybody who was sent has an outcome.
func (r *raid) callOff() error {
	r.off()
	select {
	case <-r.ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("not everybody is answered within %s", patience)
	}
}

// tally is what was counted so far.
type tally struct {
	claims, decided int
	troubles        map[string]int
	slowest         time.Duration
}

// lap returns what was counted since the start; the slowest answer since the lap before.
func (r *raid) lap() tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := tally{r.claims, r.decided, maps.Clone(r.troubles), r.slowest}
	r.slowest = 0
	return now
}

// promisedTo returns what a holder of a token was promised, sorted.
func (r *raid) promisedTo(token string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for _, holders := range r.promised {
		if id, ok := holders[token]; ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// code returns the code of the first error; empty when there is none.
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	if code == "" {
		return "an error without a code"
	}
	return code
}

// number reads a number of an answer.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
