package coupon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/coupon"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// asked is a coupon service that asks a scripted model, and somebody who likes something.
type asked struct {
	*bundle
	model *llmtest.Server
	fan   context.Context
}

func setupModel(t *testing.T, d *db.DB, script llmtest.Handler, tune ...func(*coupon.Deps)) *asked {
	t.Helper()
	server := llmtest.New(t, script)
	b := setup(t, d, append(tune, withModel(t, server))...)
	return &asked{bundle: b, model: server, fan: people(t, d, 1)[0]}
}

func withModel(t *testing.T, server *llmtest.Server) func(*coupon.Deps) {
	t.Helper()
	model, err := llm.New(llm.Options{BaseURL: server.URL, Model: "test", MaxRetries: -1})
	require.NoError(t, err)
	t.Cleanup(model.Close)
	return func(deps *coupon.Deps) { deps.Model = model }
}

// publishAll publishes a coupon for each title, in this order.
func (b *bundle) publishAll(quantity int, titles ...string) (made []*ent.Coupon) {
	b.t.Helper()
	for _, title := range titles {
		input := b.input(quantity)
		input.Title = title
		made = append(made, b.publish(input))
	}
	return made
}

// searched remembers a search of whoever asks.
func (b *bundle) searched(ctx context.Context, keyword string) {
	b.t.Helper()
	testkit.Write(b.t, b.db, func(c context.Context, tx *db.Tx) error {
		return tx.SearchHistory.Create().SetUserID(viewerID(ctx)).SetKeyword(keyword).Exec(c)
	})
}

// recommended asks, and requires that nothing fails.
func (b *bundle) recommended(ctx context.Context) []*coupon.Recommendation {
	b.t.Helper()
	list, err := b.Recommended(ctx)
	require.NoError(b.t, err)
	return list
}

// offered is what the model is told of a coupon.
type offered struct {
	ID                               int
	Title, Discount, Store, Category string
}

// told is what the model is asked.
type told struct {
	Searches, Likes []string
	Coupons         []offered
}

func toldIn(r llmtest.Request) (t told) {
	if err := json.Unmarshal([]byte(r.Last()), &t); err != nil {
		panic(err)
	}
	return t
}

// choose returns a model that picks the coupons with these titles, with a reason that names them. What is
// written as #n picks that number, offered or not.
func choose(titles ...string) llmtest.Handler {
	return func(r llmtest.Request) llmtest.Answer {
		numbers := make(map[string]string)
		for _, c := range toldIn(r).Coupons {
			numbers[c.Title] = fmt.Sprint(c.ID)
		}
		var picks []string
		for _, title := range titles {
			number, raw := strings.CutPrefix(title, "#")
			if !raw {
				number = numbers[title]
			}
			picks = append(picks, fmt.Sprintf(`{"id":%s,"reason":%q}`, number, "좋아하실 "+title))
		}
		return say(`{"picks":[` + strings.Join(picks, ",") + `]}`)
	}
}

func say(text string) llmtest.Answer { return llmtest.Answer{Deltas: []string{text}} }

// bySource returns the titles of what the model chose, and of what is popular.
func bySource(list []*coupon.Recommendation) (model, popular []string) {
	for _, r := range list {
		if r.Source == coupon.SourceLLM {
			model = append(model, r.Coupon.Title)
		} else {
			popular = append(popular, r.Coupon.Title)
		}
	}
	return model, popular
}
