package server_test

import (
	"fmt"
	"strings"
	"testing"
)

// isOfCounselling reports whether a row is about sessions.
func isOfCounselling(row string) bool {
	return strings.Contains(row, "ounsel") || strings.Contains(row, "Tarot")
}

// tell lets the owner start sessions.
func (s *scene) tell(t *testing.T) {
	t.Helper()
	a := s.owner.must(t, `mutation { startCounselSession(input: {kind: WORRY, worry: "고민이에요"}) { session { id messages { edges { node { id } } } } userErrors { code } } }`, nil)
	s.worry = a.get(t, "startCounselSession.session.id").(string)
	s.reply = a.get(t, "startCounselSession.session.messages.edges.1.node.id").(string)
	a = s.owner.must(t, `mutation { startCounselSession(input: {kind: EXPERT, worry: "전문가와 이야기하고 싶어요"}) { session { id } userErrors { code } } }`, nil)
	s.waiting = a.get(t, "startCounselSession.session.id").(string)
}

// counselRows are the rows of counselling. Everything is asked about sessions of `owner`; the rooms are of nobody.
func counselRows(s scene, input func(name, fields, selection string) string) map[string]string {
	const room = `roomId: "crm_none"`
	waiting := fmt.Sprintf(`sessionId: %q`, s.waiting)
	return map[string]string{
		"Query.counselSession":                fmt.Sprintf(`{ counselSession(id: %q) { id } }`, s.worry),
		"Query.counselSessions":               `{ counselSessions(first: 1) { edges { node { id } } } }`,
		"Query.tarotCards":                    `{ tarotCards { index } }`,
		"Query.counselWeek":                   `{ counselWeek(date: "2026-01-01") { label } }`,
		"Query.weekLabel":                     `{ weekLabel(date: "2026-01-01") }`,
		"Query.counselBudget":                 `{ counselBudget { limit } }`,
		"Query.counselRoom":                   `{ counselRoom(id: "crm_none") { id } }`,
		"Query.counselorDesk":                 `{ counselorDesk { rooms { id } } }`,
		"Query.node of a CounselSession":      fmt.Sprintf(`{ node(id: %q) { id } }`, s.worry),
		"Query.node of a CounselMessage":      fmt.Sprintf(`{ node(id: %q) { id } }`, s.reply),
		"Mutation.startCounselSession":        input("startCounselSession", `kind: WORRY, worry: "고민이에요"`, `session { id }`),
		"Mutation.startCounselSession EXPERT": input("startCounselSession", `kind: EXPERT, worry: "고민이에요"`, `session { id }`),
		"Mutation.sendCounselMessage":         input("sendCounselMessage", waiting+`, text: "여기 있어요"`, `message { id }`),
		"Mutation.drawTarotCards":             input("drawTarotCards", waiting+`, positions: [0]`, `session { id }`),
		"Mutation.cancelCounselReply":         input("cancelCounselReply", waiting, `session { id }`),
		"Mutation.rateCounselMessage":         input("rateCounselMessage", fmt.Sprintf(`messageId: %q, rating: 5`, s.reply), `message { id }`),
		"Mutation.renameCounselSession":       input("renameCounselSession", fmt.Sprintf(`id: %q, title: "새 제목"`, s.worry), `session { id }`),
		"Mutation.deleteCounselSession":       input("deleteCounselSession", fmt.Sprintf(`id: %q`, s.worry), `session { id }`),
		"Mutation.shareCounselSession":        input("shareCounselSession", waiting, `share { token }`),
		"Mutation.revokeCounselShare":         input("revokeCounselShare", waiting, `session { id }`),
		"Mutation.requestCounselor":           input("requestCounselor", fmt.Sprintf(`sessionId: %q, shareHistory: true`, s.worry), `session { id }`),
		"Mutation.takeCounselSession":         input("takeCounselSession", waiting, `room { id }`),
		"Mutation.openCounselRoom":            input("openCounselRoom", `title: "이야기"`, `room { id }`),
		"Mutation.joinCounselRoom":            input("joinCounselRoom", `code: "nowhere"`, `room { id }`),
		"Mutation.leaveCounselRoom":           input("leaveCounselRoom", room, `room { id }`),
		"Mutation.sendRoomSignal":             input("sendRoomSignal", room+`, kind: CANDIDATE, payload: {a: 1}`, `room { id }`),
		"Mutation.rateCounselRoom":            input("rateCounselRoom", room+`, rating: 5`, `room { id }`),
		"Subscription.counselReply":           fmt.Sprintf(`subscription { counselReply(sessionId: %q) { cursor } }`, s.worry),
		"Subscription.counselSessionChanged":  fmt.Sprintf(`subscription { counselSessionChanged(sessionId: %q) { id } }`, s.waiting),
		"Subscription.counselRoom":            `subscription { counselRoom(roomId: "crm_none") { cursor } }`,
		"Subscription.counselorDesk":          `subscription { counselorDesk { rooms { id } } }`,
	}
}
