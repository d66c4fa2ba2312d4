package coupon

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/text/language"

	entcoupon "github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// prompts say what the model is to do, by language.
//
//go:embed prompts/*.txt
var prompts embed.FS

// pickTokens bounds the model's answer: five reasons of a sentence each, and the JSON around them.
const pickTokens = 700

// pickSchema is the form of the model's answer.
const pickSchema = `{"type":"object","properties":{"picks":{"type":"array","items":{"type":"object",` +
	`"properties":{"id":{"type":"integer"},"reason":{"type":"string"}},` +
	`"required":["id","reason"],"additionalProperties":false}}},"required":["picks"],"additionalProperties":false}`

// What can be wrong with an answer. The answer itself is not repeated: it may quote what was searched for.
var (
	errForm    = errors.New("the answer is not of the form that was asked for")
	errUnknown = errors.New("the answer names nothing that was offered")
)

// question is what the model is asked.
type question struct {
	language language.Tag
	liked    taste
	found    []candidate
}

// couponIDs returns whom can be chosen from, in the order of the ids: popularity changes all the time, and is
// no reason to ask again.
func (q question) couponIDs() []string {
	ids := make([]string, len(q.found))
	for i, c := range q.found {
		ids[i] = c.coupon.ID
	}
	slices.Sort(ids)
	return ids
}

// offer is a coupon as the model sees it. It bears a number in place of its id, so that nothing but what was
// offered can come back.
type offer struct {
	ID       int    `json:"id"`
	Title    string `json:"title"`
	Discount string `json:"discount"`
	Store    string `json:"store,omitempty"`
	Category string `json:"category,omitempty"`
}

// ask asks the model. What the candidates and the searches say is sent as data, apart from the instructions.
func (a *adviser) ask(ctx context.Context, v viewer.Viewer, q question) ([]pick, error) {
	request, err := q.request(v)
	if err != nil {
		return nil, err
	}
	reply, err := a.deps.Model.Complete(ctx, request)
	if err != nil {
		return nil, err
	}
	return q.read(reply.Text)
}

func (q question) request(v viewer.Viewer) (llm.Request, error) {
	base, _ := q.language.Base()
	system, err := prompts.ReadFile("prompts/recommend." + base.String() + ".txt")
	if err != nil {
		return llm.Request{}, fmt.Errorf("read the prompt of recommendations: %w", err)
	}
	data := struct {
		Searches []string `json:"searches"`
		Likes    []string `json:"likes"`
		Coupons  []offer  `json:"coupons"`
	}{q.liked.keywords, q.liked.categories, q.offers()}
	var text bytes.Buffer
	writer := json.NewEncoder(&text)
	writer.SetEscapeHTML(false) // each escape costs tokens
	if err := writer.Encode(data); err != nil {
		return llm.Request{}, fmt.Errorf("write what to recommend from: %w", err)
	}
	return llm.Request{
		Purpose:   "recommendation",
		Messages:  []llm.Message{{Role: llm.RoleSystem, Text: string(system)}, {Role: llm.RoleUser, Text: text.String()}},
		MaxTokens: pickTokens,
		Schema:    &llm.Schema{Name: "picks", JSON: json.RawMessage(pickSchema)},
		User:      v.ID,
	}, nil
}

func (q question) offers() []offer {
	list := make([]offer, len(q.found))
	for i, c := range q.found {
		list[i] = offer{ID: i + 1, Title: c.coupon.Title, Discount: strconv.Itoa(c.coupon.DiscountValue) + " KRW"}
		if c.coupon.DiscountKind == entcoupon.DiscountKindPERCENT {
			list[i].Discount = strconv.Itoa(c.coupon.DiscountValue) + "%"
		}
		if c.store != nil {
			list[i].Store, list[i].Category = c.store.Name, c.store.Category
		}
	}
	return list
}

// read returns what the answer picks, each coupon once and five at most. What was not offered is left out.
func (q question) read(text string) ([]pick, error) {
	var answer struct {
		Picks *[]struct {
			ID     json.RawMessage `json:"id"`
			Reason string          `json:"reason"`
		} `json:"picks"`
	}
	if json.Unmarshal([]byte(text), &answer) != nil || answer.Picks == nil {
		return nil, errForm
	}
	picks := make([]pick, 0, maxRecommended)
	for _, p := range *answer.Picks {
		number, err := strconv.Atoi(string(bytes.Trim(p.ID, `"`))) // some models write numbers as text
		if err != nil || number < 1 || number > len(q.found) {
			continue
		}
		id := q.found[number-1].coupon.ID
		if len(picks) < maxRecommended && !slices.ContainsFunc(picks, func(other pick) bool { return other.CouponID == id }) {
			picks = append(picks, pick{CouponID: id, Reason: cleanReason(p.Reason)})
		}
	}
	if len(picks) == 0 && len(*answer.Picks) > 0 {
		return nil, errUnknown
	}
	return picks, nil
}
