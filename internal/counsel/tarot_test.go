package counsel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// TestTheReaderOffersByASignal: the words alone spread no cards.
func TestTheReaderOffersByASignal(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		words := "이제 카드를 펼쳐 볼게요. offer_cards"
		b := setup(t, d, func(r llmtest.Request) llmtest.Answer {
			switch {
			case strings.Contains(r.System(), "뽑았습니다"):
				return llmtest.Answer{Deltas: []string{"카드가 ", "말해 주네요."}}
			case r.Last() == "정말 궁금해요":
				return llmtest.Answer{Deltas: []string{words}, Calls: []llmtest.Call{{Name: "offer_cards", Pieces: []string{"{}"}}}}
			}
			return llmtest.Answer{Deltas: []string{words}}
		})
		session := b.start(counselsession.KindTAROT, "")
		e := b.listen(b.ctx, session.ID, "")
		e.hearEnds(1)
		require.False(t, e.ends[reader].OffersCards)
		b.status(session.ID, counselsession.StatusCOMPLETED)
		_, _, err := b.Draw(b.ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{1}})
		require.ErrorIs(t, err, counsel.ErrCardsNotOffered)

		e.again()
		b.send(session.ID, "요즘 일이 고민이에요")
		e.hearEnds(1)
		require.False(t, e.ends[reader].OffersCards)
		b.status(session.ID, counselsession.StatusCOMPLETED)
		e.again()
		b.send(session.ID, "정말 궁금해요")
		e.hearEnds(1)
		require.True(t, e.ends[reader].OffersCards)
		b.status(session.ID, counselsession.StatusCARDS_OFFERED)

		_, _, err = b.Draw(b.ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{5, 5}})
		require.ErrorIs(t, err, tarot.ErrPositionInvalid)
		e.again()
		input := counsel.DrawInput{SessionID: session.ID, Positions: []int{3, 77, 0}, IdempotencyKey: ptr("draw")}
		drawn, cards, err := b.Draw(b.ctx, input)
		require.NoError(t, err)
		require.Equal(t, counselsession.StatusSTREAMING, drawn.Status)
		require.Len(t, cards, 3)
		require.Equal(t, []int{3, 77, 0}, []int{cards[0].Position, cards[1].Position, cards[2].Position})
		require.NotEmpty(t, cards[0].Meaning(language.Korean))
		e.hearEnds(1)
		require.Equal(t, "카드가 말해 주네요.", e.texts[reader])
		b.status(session.ID, counselsession.StatusENDED)

		_, again, err := b.Draw(b.ctx, input)
		require.NoError(t, err)
		require.Equal(t, cards, again, "a retry turns nothing over")
		_, _, err = b.Draw(b.ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{1}})
		require.ErrorIs(t, err, counsel.ErrEnded)
		_, err = b.Send(b.ctx, counsel.SendInput{SessionID: session.ID, Text: "더요"})
		require.ErrorIs(t, err, counsel.ErrEnded)
		kept, err := b.DrawsBySession(b.ctx, []string{session.ID})
		require.NoError(t, err)
		require.Equal(t, cards, kept[session.ID])
	})
}

func TestTheModelIsToldTheCards(t *testing.T) {
	t.Parallel()
	server := llmtest.New(t, func(r llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"네."}, Calls: []llmtest.Call{{Name: "offer_cards", Pieces: []string{"{}"}}}}
	})
	b := assemble(t, testkit.SQLite(t), testkit.Bus(t), withModel(t, server))
	session := b.start(counselsession.KindTAROT, "이직을 해야 할까요")
	b.status(session.ID, counselsession.StatusCARDS_OFFERED)
	_, cards, err := b.Draw(b.ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{10}})
	require.NoError(t, err)
	b.status(session.ID, counselsession.StatusENDED)
	requests := server.Requests()
	last := requests[len(requests)-1]
	require.Contains(t, last.Last(), cards[0].Card.Name(language.Korean))
	require.Contains(t, last.Last(), cards[0].Meaning(language.Korean))
	require.Empty(t, last.Tools, "a reading offers nothing")
	require.Equal(t, 800, max(last.MaxTokens, last.MaxCompletionTokens))
	require.Equal(t, 100, max(requests[0].MaxTokens, requests[0].MaxCompletionTokens))
}

func TestWithoutAModelTheOfflineCounsellorReadsTheCards(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	session := b.start(counselsession.KindTAROT, "")
	e := b.listen(b.ctx, session.ID, "")
	e.hearEnds(1)
	require.NotEmpty(t, e.texts[reader])
	b.status(session.ID, counselsession.StatusCOMPLETED)
	for range 3 {
		if row, _ := b.Get(b.ctx, session.ID); row.Status == counselsession.StatusCARDS_OFFERED {
			break
		}
		e.again()
		b.send(session.ID, "회사에서 이직을 할지 말지 몇 달째 고민하고 있어요. 어떻게 하면 좋을까요?")
		e.hearEnds(1)
		require.Eventually(t, func() bool {
			row, err := b.Get(b.ctx, session.ID)
			return err == nil && row.Status != counselsession.StatusSTREAMING
		}, patience, tick)
	}
	b.status(session.ID, counselsession.StatusCARDS_OFFERED)
	e.again()
	_, cards, err := b.Draw(b.ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{7, 8}})
	require.NoError(t, err)
	e.hearEnds(1)
	for _, c := range cards {
		require.Contains(t, e.texts[reader], c.Card.Name(language.Korean))
	}
	b.status(session.ID, counselsession.StatusENDED)
	rows, _ := b.messages(session.ID)
	usage := counsel.UsageOf(rows[len(rows)-1])
	require.Equal(t, &counsel.Usage{Provider: counselmessage.ProviderOFFLINE}, usage)
	require.NotNil(t, b.Notice(b.ctx, rows[len(rows)-1]))
}
