package counsel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	entevent "github.com/moa-bff/moa/ent/event"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/counsel/tarot"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/viewer"
	"github.com/moa-bff/moa/test/testkit"
)

// TestNobodyElseSeesASession goes over everything that can be asked of a session, for strangers of every role.
func TestNobodyElseSeesASession(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		session := b.start(counselsession.KindWORRY, "아무도 몰랐으면 하는 고민")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		rows, _ := b.messages(session.ID)
		_, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		strangers := map[string]context.Context{"nobody": guest(t), "another guest": korean(viewer.With(t.Context(), viewer.Viewer{GuestID: "gst_other"}))}
		for _, role := range []user.Role{user.RoleUSER, user.RoleOWNER, user.RoleCOUNSELOR, user.RoleADMIN} {
			strangers[string(role)] = korean(testkit.As(t, testkit.Person(t, d, role)))
		}
		for who, ctx := range strangers {
			for what, try := range map[string]func() error{
				"get":    func() error { _, err := b.Get(ctx, session.ID); return err },
				"read":   func() error { _, err := b.MessageByID(ctx, rows[1].ID); return err },
				"follow": func() error { _, err := b.WatchReply(ctx, session.ID, nil); return err },
				"watch":  func() error { _, err := b.Watch(ctx, session.ID); return err },
				"send": func() error {
					_, err := b.Send(ctx, counsel.SendInput{SessionID: session.ID, Text: "나도"})
					return err
				},
				"draw": func() error {
					_, _, err := b.Draw(ctx, counsel.DrawInput{SessionID: session.ID, Positions: []int{1}})
					return err
				},
				"cancel": func() error { _, err := b.Cancel(ctx, session.ID); return err },
				"rename": func() error { _, err := b.Rename(ctx, session.ID, "남의 것"); return err },
				"delete": func() error { _, err := b.Delete(ctx, session.ID); return err },
				"share":  func() error { _, err := b.Share(ctx, session.ID); return err },
				"revoke": func() error { _, err := b.Revoke(ctx, session.ID); return err },
				"rate":   func() error { _, err := b.Rate(ctx, rows[1].ID, 5); return err },
			} {
				err := try()
				require.Error(t, err, "%s: %s", who, what)
				require.Contains(t, err.Error(), "NOT_FOUND", "%s: %s", who, what)
			}
			pages, err := b.MessagesBySession(ctx, []string{session.ID}, page.Args{}, struct{}{})
			require.NoError(t, err)
			require.Empty(t, pages[session.ID].Edges, who)
			shares, err := b.SharesBySession(ctx, []string{session.ID})
			require.NoError(t, err)
			require.Empty(t, shares, who)
			list, err := b.List(ctx, page.Args{}, nil)
			require.NoError(t, err)
			require.Empty(t, list.Edges, who)
		}
	})
}

func TestAnExpertReadsWhatTheClientHasAgreedTo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		session := b.start(counselsession.KindWORRY, "전문가와 이야기하고 싶어요")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		expert := testkit.Person(t, d, user.RoleCOUNSELOR)
		asExpert := korean(testkit.As(t, expert))
		take := func(shared bool) {
			testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
				return tx.CounselSession.UpdateOneID(session.ID).SetCounselorID(expert.ID).
					SetStatus(counselsession.StatusWITH_EXPERT).SetHistoryShared(shared).Exec(ctx)
			})
		}
		read := func() int {
			pages, err := b.MessagesBySession(asExpert, []string{session.ID}, page.Args{}, struct{}{})
			require.NoError(t, err)
			return len(pages[session.ID].Edges)
		}
		take(false)
		_, err := b.Get(asExpert, session.ID)
		require.NoError(t, err)
		require.Zero(t, read())
		take(true)
		require.Equal(t, 3, read())

		// They talk with each other, and no machine answers.
		client, counsellor := b.listen(b.ctx, session.ID, ""), b.listen(asExpert, session.ID, "")
		client.hearEnds(2)
		counsellor.hearEnds(3)
		counsellor.again()
		client.again()
		b.send(session.ID, "안녕하세요")
		counsellor.hearEnds(1)
		require.Equal(t, "안녕하세요", counsellor.texts[counselmessage.AuthorCLIENT])
		_, err = b.Send(asExpert, counsel.SendInput{SessionID: session.ID, Text: "네, 반가워요"})
		require.NoError(t, err)
		client.hearEnds(1)
		require.Equal(t, "네, 반가워요", client.texts[counselmessage.AuthorCOUNSELOR])
		require.Equal(t, 5, read())
		_, err = b.Rename(asExpert, session.ID, "내 것")
		require.ErrorIs(t, err, counsel.ErrNotFound, "it stays the client's")
	})
}

func TestAGuestIsKnownAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		first := guest(t)
		started, err := b.Start(first, counsel.StartInput{Kind: counselsession.KindWORRY, Worry: ptr("처음 왔어요")})
		require.NoError(t, err)
		require.NotNil(t, started.GuestToken)
		require.Equal(t, *started.Session.GuestID, viewer.From(first).GuestID, "the rest of the operation is answered to the guest")
		back := korean(viewer.With(t.Context(), viewer.Viewer{GuestID: *started.Session.GuestID}))
		list, err := b.List(back, page.Args{}, nil)
		require.NoError(t, err)
		require.Len(t, list.Edges, 1)
		again, err := b.Start(back, counsel.StartInput{Kind: counselsession.KindTAROT})
		require.NoError(t, err)
		require.Nil(t, again.GuestToken)
		_, err = b.Start(back, counsel.StartInput{Kind: counselsession.KindEXPERT})
		require.Error(t, err, "experts talk with people whom they can find again")
	})
}

func TestHistoryIsListedByDayAndKind(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		today := calendar.DateOf(b.clock.Now())
		var ids []string
		for day := range 3 {
			b.clock.set(today.Add(day + 1).Start().Add(1))
			ids = append(ids, b.start(counselsession.KindWORRY, "고민이에요").ID)
		}
		tarot := b.start(counselsession.KindTAROT, "")
		list := func(f *counsel.Filter) []string {
			found, err := b.List(b.ctx, page.Args{}, f)
			require.NoError(t, err)
			var got []string
			for _, row := range found.Nodes() {
				got = append(got, row.ID)
			}
			return got
		}
		require.Equal(t, []string{tarot.ID, ids[2], ids[1], ids[0]}, list(nil))
		require.Equal(t, []string{ids[1]}, list(&counsel.Filter{From: ptr(today.Add(2)), To: ptr(today.Add(2))}))
		require.Equal(t, []string{tarot.ID}, list(&counsel.Filter{Kind: ptr(counselsession.KindTAROT)}))
		_, err := b.Delete(b.ctx, ids[1])
		require.NoError(t, err)
		require.Equal(t, []string{tarot.ID, ids[2], ids[0]}, list(nil))
		renamed, err := b.Rename(b.ctx, ids[0], "  새 이름 ")
		require.NoError(t, err)
		title, err := b.Title(b.ctx, renamed)
		require.NoError(t, err)
		require.Equal(t, "새 이름", title)
		_, err = b.Rename(b.ctx, "", "새 이름")
		require.ErrorIs(t, err, counsel.ErrNotFound)
		_, err = b.Rename(b.ctx, ids[0], strings.Repeat("가", 31))
		require.ErrorIs(t, err, counsel.ErrTitleInvalid)
	})
}

func TestRatingsGoFromOneToFive(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	session := b.start(counselsession.KindWORRY, "고민이에요")
	b.status(session.ID, counselsession.StatusCOMPLETED)
	rows, _ := b.messages(session.ID)
	rated, err := b.Rate(b.ctx, rows[1].ID, 4)
	require.NoError(t, err)
	require.Equal(t, 4, *rated.Rating)
	for _, bad := range []int{0, 6, -1} {
		_, err = b.Rate(b.ctx, rows[1].ID, bad)
		require.ErrorIs(t, err, counsel.ErrRatingInvalid)
	}
	_, err = b.Rate(b.ctx, rows[0].ID, 3)
	require.ErrorIs(t, err, counsel.ErrMessageNotFound, "one's own words are nothing to rate")
}

// TestSelfHarmIsMetWithHelpLines: beside the voices, and flagged without a word of it.
func TestSelfHarmIsMetWithHelpLines(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		session := b.start(counselsession.KindWORRY, "요즘은 정말 죽고 싶다는 생각만 들어요")
		require.NotNil(t, session.CrisisAt)
		block := counsel.CrisisOfSession(b.ctx, session)
		require.Contains(t, phones(block.Lines), "109")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		b.send(session.ID, "오늘 저녁에 자해를 할 것 같아요")
		b.status(session.ID, counselsession.StatusCOMPLETED)
		rows, _ := b.messages(session.ID)
		require.NotNil(t, counsel.CrisisOf(b.ctx, rows[0]))
		require.Nil(t, counsel.CrisisOf(b.ctx, rows[1]))
		events, err := d.Read().Event.Query().Where(entevent.Topic(counsel.TopicCrisis)).All(t.Context())
		require.NoError(t, err)
		require.Len(t, events, 1, "a session is flagged once")
		require.Equal(t, session.ID, events[0].Subject)
		require.NotContains(t, string(events[0].Payload), "죽")

		calm := b.start(counselsession.KindWORRY, "배고파 죽겠어요")
		require.Nil(t, calm.CrisisAt)
		require.Nil(t, counsel.CrisisOfSession(b.ctx, calm))
	})
}

func phones(lines []insight.Line) []string {
	all := make([]string, len(lines))
	for i, l := range lines {
		all[i] = l.Phone
	}
	return all
}

func TestAResultIsSharedWithoutItsClient(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, llmtest.Say("그 마음을 들려주셔서 고마워요."))
		session := b.start(counselsession.KindWORRY, "비밀스러운 고민 한 가지")
		_, err := b.Share(b.ctx, session.ID)
		if err != nil { // nothing is whole yet
			require.ErrorIs(t, err, counsel.ErrNothingToShare)
		}
		b.status(session.ID, counselsession.StatusCOMPLETED)
		share, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		require.Equal(t, "https://moa.example/s/"+share.Token, share.URL)
		require.Equal(t, share.URL, share.Kakao.LinkURL)
		require.NotEmpty(t, share.Kakao.Title)
		require.NotEmpty(t, share.Kakao.Description)
		picture := httptest.NewRecorder()
		tarot.Handler().ServeHTTP(picture, httptest.NewRequest(http.MethodGet, share.Kakao.ImageURL, nil))
		require.Equal(t, "image/png", picture.Header().Get("Content-Type"), "the picture is there")
		again, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		require.Equal(t, share, again)

		result, err := b.Shared(guest(t), share.Token)
		require.NoError(t, err)
		require.Len(t, result.Voices, 2)
		_, texts := b.messages(session.ID)
		require.Equal(t, []string{texts[1], texts[2]}, []string{result.Voices[0].Text, result.Voices[1].Text})
		require.NotContains(t, result.Title+result.Description, "비밀스러운")

		_, err = b.Revoke(b.ctx, session.ID)
		require.NoError(t, err)
		_, err = b.Shared(guest(t), share.Token)
		require.ErrorIs(t, err, counsel.ErrNotFound)
		fresh, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		require.NotEqual(t, share.Token, fresh.Token)
		b.clock.set(fresh.ExpiresAt)
		_, err = b.Shared(guest(t), fresh.Token)
		require.ErrorIs(t, err, counsel.ErrNotFound)
		late, err := b.Share(b.ctx, session.ID)
		require.NoError(t, err)
		require.NotEqual(t, fresh.Token, late.Token, "a link that is too old makes room")
		_, err = b.Delete(b.ctx, session.ID)
		require.NoError(t, err)
		_, err = b.Shared(guest(t), late.Token)
		require.ErrorIs(t, err, counsel.ErrNotFound)
	})
}
