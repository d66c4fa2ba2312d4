package counsel

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// Week returns what the week of a day was about for who asks: counted from what was classified when it was
// answered, so that it costs no model a word. Only its summary, once a week at most, does: see
// [Service.summary].
func (s *Service) Week(ctx context.Context, day calendar.Date) (*Week, error) {
	who, week := clientOf(ctx), calendar.WeekOf(day)
	rows, err := s.wordsOf(ctx, who, week)
	if err != nil {
		return nil, err
	}
	w := count(rows)
	w.Week = week
	if len(rows) == 0 {
		return w, nil
	}
	return w, s.summary(ctx, who, w)
}

// wordsOf returns what a client wrote in a week, without the texts.
func (s *Service) wordsOf(ctx context.Context, who client, week calendar.Week) ([]*ent.CounselMessage, error) {
	rows, err := s.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.AuthorEQ(counselmessage.AuthorCLIENT),
			counselmessage.CreatedAtGTE(week.Monday().Start()), counselmessage.CreatedAtLT(week.Sunday().End()),
			counselmessage.HasSessionWith(who.sessions())).
		Select(counselmessage.FieldID, counselmessage.FieldSessionID, counselmessage.FieldEmotions, counselmessage.FieldTopics).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("count a week: %w", db.Fault(err))
	}
	return rows, nil
}

// count counts sessions, messages, emotions and topics.
func count(rows []*ent.CounselMessage) *Week {
	w := &Week{MessageCount: len(rows), Status: WeekAbsent, Emotions: []*EmotionCount{}, Topics: []*TopicCount{}}
	sessions := map[string]bool{}
	var emotions, topics []string
	for _, row := range rows {
		sessions[row.SessionID] = true
		emotions = append(emotions, row.Emotions...)
		topics = append(topics, row.Topics...)
	}
	w.SessionCount = len(sessions)
	for _, t := range tally(emotions) {
		w.Emotions = append(w.Emotions, &EmotionCount{Emotion: insight.Emotion(t.value), Count: t.count, Share: t.share})
	}
	for _, t := range tally(topics) {
		w.Topics = append(w.Topics, &TopicCount{Topic: insight.Topic(t.value), Count: t.count, Share: t.share})
	}
	return w
}

// tallied is how often a value occurred.
type tallied struct {
	value string
	count int
	share float64
}

// tally counts values, most frequent first; equal ones in the order of their names.
func tally(values []string) []tallied {
	counts := map[string]int{}
	for _, v := range values {
		counts[v]++
	}
	all := make([]tallied, 0, len(counts))
	for v, n := range counts {
		all = append(all, tallied{value: v, count: n, share: float64(n) / float64(len(values))})
	}
	slices.SortFunc(all, func(a, b tallied) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.value, b.value))
	})
	return all
}
