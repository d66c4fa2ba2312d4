package server_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// town is what the walk through the mutations plays with.
type town struct {
	t      testing.TB
	number int

	owner, user, admin client
	ownerID, userID    string
	stores, coupons    []string
	claimed            []string // codes that can be redeemed
}

func newTown(t testing.TB, m *moa) *town {
	w := &town{t: t, owner: m.as(t, "owner"), user: m.as(t, "user"), admin: m.as(t, "admin")}
	w.ownerID = w.owner.must(t, `{ viewer { id } }`, nil).get(t, "viewer.id").(string)
	w.userID = w.user.must(t, `{ viewer { id } }`, nil).get(t, "viewer.id").(string)
	w.createStore()
	w.createCoupon()
	return w
}

// questions are public queries that show every public field, in every kind of list.
func (w *town) questions() []string {
	const row = `id title description discount { kind value maxAmount } minOrderAmount quantity claimedCount remaining status startsAt endsAt expiresAt createdAt`
	const shop = `id name description category address location { latitude longitude } imageUrl followerCount createdAt owner { id name role avatarUrl createdAt }`
	list := func(arguments, node string) string {
		return `(` + arguments + `) { edges { cursor node { ` + node + ` } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
	}
	questions := []string{
		`{ stores` + list(`first: 30`, shop+` coupons`+list(`first: 5`, row)) + ` }`,
		`{ stores` + list(`first: 30, orderBy: {field: NAME}`, shop) + ` }`,
		`{ stores` + list(`first: 30, filter: {search: "가게"}`, shop) + ` }`,
		`{ stores` + list(`first: 30, filter: {ownerId: "`+w.ownerID+`"}`, shop+` owner { stores`+list(`first: 30`, `name`)+` }`) + ` }`,
		`{ coupons` + list(`first: 50`, row+` store { `+shop+` }`) + ` }`,
		`{ coupons` + list(`first: 50, orderBy: {field: POPULARITY}`, `id`) + ` }`,
		`{ coupons` + list(`first: 50, orderBy: {field: STARTS_AT, direction: ASC}`, `id`) + ` }`,
		`{ stores` + list(`first: 30`, `coupons`+list(`first: 5, orderBy: {field: POPULARITY}`, `title`)) + ` }`,
		`{ stores` + list(`first: 30`, `coupons`+list(`first: 5, filter: {status: ACTIVE}`, `title`)) + ` }`,
	}
	for _, status := range []string{"UPCOMING", "ACTIVE", "SOLD_OUT", "ENDED", "PAUSED"} {
		questions = append(questions, `{ coupons`+list(`first: 50, filter: {status: `+status+`}`, `id title status`)+` }`)
	}
	for _, id := range w.stores {
		questions = append(questions, `{ store(id: "`+id+`") { `+shop+` coupons`+list(`first: 5`, row)+` } }`,
			`{ coupons`+list(`first: 5, filter: {storeId: "`+id+`"}`, row)+` }`)
	}
	for _, id := range w.coupons {
		questions = append(questions, `{ coupon(id: "`+id+`") { title } }`, `{ coupon(id: "`+id+`") { `+row+` store { `+shop+` } } }`)
	}
	return questions
}

func (w *town) next() int { w.number++; return w.number }

func (w *town) any(ids []string) string { return ids[rand.IntN(len(ids))] }

// mutate runs a mutation; refusals are fine, as a walk at random meets closed shops.
func (w *town) mutate(c client, field, input, selection string) answer {
	w.t.Helper()
	return c.do(w.t, `mutation { `+field+`(input: {`+input+`}) { `+selection+` userErrors { code } } }`, nil)
}

func (w *town) createStore() {
	a := w.mutate(w.owner, "createStore", fmt.Sprintf(`name: "가게 %d", category: "카페"`, w.next()), `store { id }`)
	w.stores = append(w.stores, a.get(w.t, "createStore.store.id").(string))
}

func (w *town) createCoupon() {
	now := time.Now().UTC()
	starts := now.Add(time.Duration(rand.IntN(2)) * time.Hour)
	a := w.mutate(w.owner, "createCoupon", fmt.Sprintf(
		`storeId: %q, title: "쿠폰 %d", discount: {kind: AMOUNT, value: 100}, quantity: %d, startsAt: %q, endsAt: %q, expiresAt: %q`,
		w.any(w.stores), w.next(), 1+rand.IntN(3), starts.Format(time.RFC3339Nano),
		now.Add(2*time.Hour).Format(time.RFC3339), now.Add(3*time.Hour).Format(time.RFC3339)), `coupon { id }`)
	if id, ok := a.get(w.t, "createCoupon.coupon").(map[string]any); ok {
		w.coupons = append(w.coupons, id["id"].(string))
	}
}

// warm has every question answered, so that answers are kept.
func (w *town) warm() {
	for _, q := range w.questions() {
		kept(w.t, w.owner.guest(), q)
	}
}

// newcomer signs somebody up, lets them do, and returns them.
func (w *town) newcomer(role string) (client, string) {
	a := w.owner.moa.guest().must(w.t, fmt.Sprintf(
		`mutation { signUp(input: {email: "n%d@town.example", password: "town-pass-123", name: "새 이웃", role: %s}) { session { accessToken user { id } } userErrors { code } } }`,
		w.next(), role), nil)
	return client{moa: w.owner.moa, token: a.get(w.t, "signUp.session.accessToken").(string)}, a.get(w.t, "signUp.session.user.id").(string)
}

// mutations are every mutation that can change what a guest may read, and the others, each by its field.
func (w *town) mutations() map[string]func() {
	store := func() string { return w.any(w.stores) }
	coupon := func() string { return w.any(w.coupons) }
	return map[string]func(){
		"createStore":  w.createStore,
		"createCoupon": w.createCoupon,
		"updateStore": func() {
			w.mutate(w.owner, "updateStore", fmt.Sprintf(`id: %q, name: "새 가게 %d", description: "소개"`, store(), w.next()), "")
		},
		"deleteStore": func() {
			if len(w.stores) > 1 {
				w.mutate(w.owner, "deleteStore", fmt.Sprintf(`id: %q`, store()), "")
			}
		},
		"followStore": func() {
			who, _ := w.newcomer("USER")
			w.mutate(who, "followStore", fmt.Sprintf(`storeId: %q`, store()), "")
		},
		"unfollowStore": func() {
			id := store()
			w.mutate(w.user, "followStore", fmt.Sprintf(`storeId: %q`, id), "")
			w.warm()
			w.mutate(w.user, "unfollowStore", fmt.Sprintf(`storeId: %q`, id), "")
		},
		"updateCoupon": func() {
			change := []string{`quantity: 5`, `paused: true`, `paused: false`, fmt.Sprintf(`title: "새 쿠폰 %d"`, w.next())}[rand.IntN(4)]
			w.mutate(w.owner, "updateCoupon", fmt.Sprintf(`id: %q, %s`, coupon(), change), "")
		},
		"deleteCoupon": func() {
			if len(w.coupons) > 1 {
				w.mutate(w.owner, "deleteCoupon", fmt.Sprintf(`id: %q`, coupon()), "")
			}
		},
		"claimCoupon": func() {
			// The newest has few: three claims often take the last.
			for _, id := range []string{coupon(), w.coupons[len(w.coupons)-1], w.coupons[len(w.coupons)-1]} {
				who, _ := w.newcomer("USER")
				a := w.mutate(who, "claimCoupon", fmt.Sprintf(`couponId: %q`, id), `claim { code }`)
				if claim, ok := a.get(w.t, "claimCoupon.claim").(map[string]any); ok {
					w.claimed = append(w.claimed, claim["code"].(string))
				}
			}
		},
		"redeemCoupon": func() {
			if len(w.claimed) > 0 {
				w.mutate(w.owner, "redeemCoupon", fmt.Sprintf(`code: %q`, w.any(w.claimed)), "")
			}
		},
		"followCoupon":   func() { w.mutate(w.user, "followCoupon", fmt.Sprintf(`couponId: %q`, coupon()), "") },
		"unfollowCoupon": func() { w.mutate(w.user, "unfollowCoupon", fmt.Sprintf(`couponId: %q`, coupon()), "") },
		"updateProfile": func() {
			w.mutate(w.owner, "updateProfile", fmt.Sprintf(`name: "사장 %d"`, w.next()), "")
		},
		"setUserRole": func() {
			who, id := w.newcomer("OWNER")
			w.mutate(who, "createStore", fmt.Sprintf(`name: "가게 %d", category: "카페"`, w.next()), "")
			w.warm()
			w.mutate(w.admin, "setUserRole", fmt.Sprintf(`userId: %q, role: USER`, id), "")
		},
		"signUp": func() { w.newcomer("USER") },
		"deleteAccount": func() {
			who, _ := w.newcomer("OWNER")
			w.mutate(who, "createStore", fmt.Sprintf(`name: "가게 %d", category: "카페"`, w.next()), "")
			w.mutate(who, "followStore", fmt.Sprintf(`storeId: %q`, store()), "")
			w.warm()
			w.mutate(who, "deleteAccount", `password: "town-pass-123"`, "")
		},
	}
}

// harmless are the mutations that change nothing that anybody else may read.
var harmless = []string{
	"signIn", "refreshSession", "signOut", "changePassword", "createUpload", "retryJob",
	// Of counselling nothing is public but the deck, which nothing changes.
	"startCounselSession", "sendCounselMessage", "drawTarotCards", "cancelCounselReply", "rateCounselMessage",
	"renameCounselSession", "deleteCounselSession", "shareCounselSession", "revokeCounselShare", "requestCounselor",
	"takeCounselSession", "openCounselRoom", "joinCounselRoom", "leaveCounselRoom", "sendRoomSignal", "rateCounselRoom",
	// Dashboards are their owner's alone.
	"createDashboard", "updateDashboard", "deleteDashboard",
	// And so are integrations.
	"connectIntegration", "disconnectIntegration",
}
