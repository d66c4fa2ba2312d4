package room

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselroom"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/counsel/insight"
	"github.com/moa-bff/moa/internal/platform/db"
)

const (
	// deskSize is how many clients and how many rooms a desk shows.
	deskSize = 50
	// deskTopics is how many topics of a worry a desk shows.
	deskTopics = 2
	// deskTurns is of how many of the client's latest words the topics are taken.
	deskTurns = 20
)

// Desk returns who waits for an expert, longest first, and the open rooms of the counsellor who asks, newest
// first. What was said is not among it. Whoever is no counsellor gets fault.Forbidden.
func (s *Service) Desk(ctx context.Context) (*Desk, error) {
	v, err := counselor(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := s.waiting(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	rooms, err := s.deps.DB.Read().CounselRoom.Query().
		Where(counselroom.HostID(v.ID), counselroom.ClosedAtIsNil()).
		Order(ent.Desc(counselroom.FieldID)).Limit(deskSize).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the rooms of %s: %w", v.ID, db.Fault(err))
	}
	return &Desk{Waiting: waiting, Rooms: rooms}, nil
}

// isWaiting holds for sessions that a counsellor can take.
func isWaiting(counselorID string) predicate.CounselSession {
	return counselsession.And(
		counselsession.StatusEQ(counselsession.StatusWAITING), counselsession.DeletedAtIsNil(),
		counselsession.UserIDNotNil(), counselsession.UserIDNEQ(counselorID))
}

// waiting returns who waits: three statements, however many they are.
func (s *Service) waiting(ctx context.Context, counselorID string) ([]*Waiting, error) {
	sessions, err := s.deps.DB.Read().CounselSession.Query().Where(isWaiting(counselorID)).
		Order(counselsession.ByWaitingSince(), counselsession.ByID()).Limit(deskSize).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list who waits: %w", db.Fault(err))
	}
	waiting := make([]*Waiting, len(sessions))
	if len(sessions) == 0 {
		return waiting, nil
	}
	names, err := s.names(ctx, sessions)
	if err != nil {
		return nil, err
	}
	topics, err := s.topics(ctx, sessions)
	if err != nil {
		return nil, err
	}
	for i, row := range sessions {
		since := row.CreatedAt
		if row.WaitingSince != nil {
			since = *row.WaitingSince
		}
		waiting[i] = &Waiting{
			SessionID: row.ID, Name: names[*row.UserID], Since: since,
			Topics: topics[row.ID], Crisis: row.CrisisAt != nil,
		}
	}
	return waiting, nil
}

// names returns what the users of sessions are called, by their ids.
func (s *Service) names(ctx context.Context, sessions []*ent.CounselSession) (map[string]string, error) {
	ids := make([]string, len(sessions))
	for i, row := range sessions {
		ids[i] = *row.UserID
	}
	rows, err := s.deps.DB.Read().User.Query().Where(user.IDIn(ids...)).Select(user.FieldID, user.FieldName).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get who waits: %w", db.Fault(err))
	}
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, nil
}

// topics returns what the latest words of clients are about, by session, most frequent first.
func (s *Service) topics(ctx context.Context, sessions []*ent.CounselSession) (map[string][]insight.Topic, error) {
	latest := make([]predicate.CounselMessage, len(sessions))
	for i, row := range sessions {
		latest[i] = counselmessage.And(counselmessage.SessionID(row.ID), counselmessage.TurnGT(row.Turn-deskTurns))
	}
	rows, err := s.deps.DB.Read().CounselMessage.Query().
		Where(counselmessage.AuthorEQ(counselmessage.AuthorCLIENT), counselmessage.Or(latest...)).
		Order(ent.Desc(counselmessage.FieldNumber)).
		Select(counselmessage.FieldSessionID, counselmessage.FieldTopics).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get what worries are about: %w", db.Fault(err))
	}
	words := make(map[string][][]string, len(sessions))
	for _, row := range rows {
		words[row.SessionID] = append(words[row.SessionID], row.Topics)
	}
	topics := make(map[string][]insight.Topic, len(sessions))
	for _, row := range sessions {
		topics[row.ID] = mainTopics(words[row.ID])
	}
	return topics, nil
}

// mainTopics returns the most frequent topics of words, the latest of which come first. What is about nothing
// in particular counts only where nothing else does.
func mainTopics(words [][]string) []insight.Topic {
	count := map[insight.Topic]int{}
	topics := []insight.Topic{}
	for _, of := range words {
		for _, name := range of {
			topic := insight.Topic(name)
			if count[topic]++; count[topic] == 1 {
				topics = append(topics, topic)
			}
		}
	}
	if len(topics) > 1 {
		topics = slices.DeleteFunc(topics, func(t insight.Topic) bool { return t == insight.TopicDaily })
	}
	slices.SortStableFunc(topics, func(a, b insight.Topic) int { return cmp.Compare(count[b], count[a]) })
	return topics[:min(len(topics), deskTopics)]
}
