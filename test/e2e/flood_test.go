package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"
)

// rush is how many of a crowd ask at the same moment.
const rush = 16

const claimDocument = `mutation($id: ID!) {
	claimCoupon(input: {couponId: $id, idempotencyKey: "flood"}) { claim { id } userErrors { code } }
}`

// flood is a crowd that claims one coupon. Everybody asks once; who gets no answer does not know.
type flood struct {
	coupon string
	size   int
	news   chan struct{} // has an entry when somebody was answered since the last look
	ended  chan struct{} // closed when nobody asks any more

	mu       sync.Mutex
	promised map[string]string // the claims that were answered, by the token of their holder
	refused  map[string]string // the codes of refusals, by token
}

// startFlood lets the holders of the tokens claim, spread over the servers. Part of the crowd goes home
// when its server no longer answers.
func startFlood(servers []*server, coupon string, tokens []string) *flood {
	f := &flood{
		coupon: coupon, size: len(tokens), news: make(chan struct{}, 1), ended: make(chan struct{}),
		promised: map[string]string{}, refused: map[string]string{},
	}
	queue := make(chan string, len(tokens))
	for _, token := range tokens {
		queue <- token
	}
	close(queue)
	var crowd sync.WaitGroup
	for i := range rush {
		url := servers[i%len(servers)].url
		crowd.Go(func() {
			for token := range queue {
				if !f.claim(client{url, token}) {
					return
				}
			}
		})
	}
	go func() {
		crowd.Wait()
		close(f.ended)
	}()
	return f
}

// claim reports whether there was an answer.
func (f *flood) claim(c client) bool {
	a, err := c.ask(claimDocument, map[string]any{"id": f.coupon})
	if err != nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, err := a.at("claimCoupon.claim.id"); err == nil {
		f.promised[c.token] = id
	} else if code, err := a.at("claimCoupon.userErrors.0.code"); err == nil {
		f.refused[c.token] = code
	} else {
		f.refused[c.token] = a.String()
	}
	select {
	case f.news <- struct{}{}:
	default:
	}
	return true
}

// reached waits until n claims have been promised.
func (f *flood) reached(n int) error {
	late := time.After(patience)
	for {
		f.mu.Lock()
		promised, refused := len(f.promised), maps.Clone(f.refused)
		f.mu.Unlock()
		if promised >= n {
			return nil
		}
		select {
		case <-f.news:
		case <-f.ended:
			return fmt.Errorf("only %d of %d claims were promised, refused: %v", promised, n, refused)
		case <-late:
			return fmt.Errorf("only %d of %d claims are promised within %s", promised, n, patience)
		}
	}
}

// outcome waits for the end and returns what was promised and what was refused, by token.
func (f *flood) outcome() (promised, refused map[string]string) {
	<-f.ended
	return maps.Clone(f.promised), maps.Clone(f.refused)
}

// holds returns nil when everybody holds, according to the server, the claim that was promised.
func holds(url, coupon string, promised map[string]string) error {
	var crowd errgroup.Group
	crowd.SetLimit(rush)
	for token, id := range promised {
		crowd.Go(func() error {
			a, err := client{url, token}.ask(`query($id: ID!) { coupon(id: $id) { viewerClaim { id } } }`, map[string]any{"id": coupon})
			if err != nil {
				return err
			}
			if got, err := a.at("coupon.viewerClaim.id"); err != nil || got != id {
				return fmt.Errorf("the claim %s was promised, and now there is %s", id, a)
			}
			return nil
		})
	}
	return crowd.Wait()
}

// flood lets the crowd of a file of tokens claim, on every server.
func (w *world) flood(ts *testscript.TestScript, args []string) error {
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	w.crowd = startFlood(slices.Collect(maps.Values(w.servers)), args[0], strings.Fields(ts.ReadFile(args[1])))
	return w.crowd.reached(n)
}

// kept looks whether every promise was kept, of a flood that was cut off before its end.
func (w *world) kept(*testscript.TestScript, []string) error {
	s, err := w.server(w.main)
	if err != nil {
		return err
	}
	promised, refused := w.crowd.outcome()
	if len(refused) > 0 {
		return fmt.Errorf("refused: %v", refused)
	}
	if len(promised) == w.crowd.size {
		return errors.New("everybody was served before it ended: take a larger crowd")
	}
	return holds(s.url, w.crowd.coupon, promised)
}
