package dashboard

import "github.com/moa-bff/moa/internal/platform/reads"

// counselling is what happens in counselling, for operators: how much was said and how well it went, and never
// what. It is counted on the day of each message, and a session on the day when it was started.
func counselling() *Kind {
	return &Kind{
		Name: "counsel",
		Measures: []*Measure{
			{Name: "sessions", Aggregation: CountDistinct, Unit: UnitCount, of: "sessions"},
			{Name: "new_sessions", Aggregation: Sum, Unit: UnitCount, of: "started"},
			{Name: "clients", Aggregation: CountDistinct, Unit: UnitCount, of: "clients"},
			{Name: "messages", Aggregation: Sum, Unit: UnitCount, of: "messages"},
			{Name: "replies", Aggregation: Sum, Unit: UnitCount, of: "replies"},
			{Name: "finished_replies", Aggregation: Sum, Unit: UnitCount, of: "finished"},
			{Name: "failed_replies", Aggregation: Sum, Unit: UnitCount, of: "failed"},
			{Name: "cancelled_replies", Aggregation: Sum, Unit: UnitCount, of: "cancelled"},
			{Name: "over_budget_replies", Aggregation: Sum, Unit: UnitCount, of: "over_budget"},
			{Name: "finish_rate", Aggregation: Ratio, Unit: UnitRatio, of: "finished", per: "replies"},
			{Name: "tokens", Aggregation: Sum, Unit: UnitCount, of: "tokens"},
			{Name: "tokens_per_reply", Aggregation: Average, Unit: UnitCount, of: "tokens", per: "replies"},
			{Name: "crisis_messages", Aggregation: Sum, Unit: UnitCount, of: "crises"},
			{Name: "crisis_sessions", Aggregation: CountDistinct, Unit: UnitCount, of: "crisis_sessions"},
			{Name: "ratings", Aggregation: Count, Unit: UnitCount, of: "ratings"},
			{Name: "average_rating", Aggregation: Average, Unit: UnitCount, of: "rating", per: "ratings"},
		},
		Dimensions: append([]*Dimension{
			text("session_kind"), text("language"), text("voice"), text("provider"), text("emotion"), text("topic"),
		}, times()...),
		components: []component{
			{name: "sessions", fold: distinctOf, column: "session", parts: 1},
			{name: "started", fold: sumOf, column: "started", parts: 1},
			{name: "clients", fold: distinctOf, column: "client", parts: 1},
			{name: "messages", fold: sumOf, column: "said", parts: 1},
			{name: "replies", fold: sumOf, column: "replied", parts: 1},
			{name: "finished", fold: sumOf, column: "finished", parts: 1},
			{name: "failed", fold: sumOf, column: "failed", parts: 1},
			{name: "cancelled", fold: sumOf, column: "cancelled", parts: 1},
			{name: "over_budget", fold: sumOf, column: "over_budget", parts: 1},
			{name: "tokens", fold: sumOf, column: "tokens", parts: 1},
			{name: "crises", fold: sumOf, column: "crisis", parts: 1},
			{name: "crisis_sessions", fold: distinctOf, column: "crisis_session", parts: 1},
			{name: "ratings", fold: sumOf, column: "rated", parts: 1},
			{name: "rating", fold: sumOf, column: "rating", parts: 1},
		},
		operators: true,
		tags:      []string{reads.Counsel},
	}
}

// counselWords is where Moa's own database keeps them: the rows around what is sealed, and none that is. What a
// message is about is the first of what was found in it, so that every message counts once; replies are about
// nothing. A session is a row of its own, because one that waits for an expert may have no message yet.
func counselWords() *table {
	return &table{
		source: func(t *sqlText, period Period) {
			from, to := period.From.Start(), period.To.End()
			within := func(column string) {
				t.add(" WHERE ", column, " >= ", t.arg(from), " AND ", column, " < ", t.arg(to))
			}
			count := func(condition, name string) { t.add(", CASE WHEN ", condition, " THEN 1 ELSE 0 END AS ", name) }
			who := "s.id AS session_id, s.kind, s.language, COALESCE(s.user_id, s.guest_id) AS client, "
			t.add("(SELECT ", who, t.dialect.dayOf("m.created_at"), " AS day",
				", CASE WHEN m.author = 'CLIENT' THEN '' ELSE m.author END AS voice, COALESCE(m.provider, '') AS provider",
				", COALESCE(m.emotions ->> 0, '') AS emotion, COALESCE(m.topics ->> 0, '') AS topic, 0 AS started")
			count("m.author = 'CLIENT'", "said")
			count("m.author <> 'CLIENT'", "replied")
			for _, end := range [][2]string{{"COMPLETED", "finished"}, {"FAILED", "failed"}, {"CANCELLED", "cancelled"}} {
				count("m.author <> 'CLIENT' AND m.status = '"+end[0]+"'", end[1])
			}
			count("m.over_budget", "over_budget")
			t.add(", COALESCE(m.prompt_tokens, 0) + COALESCE(m.completion_tokens, 0) AS tokens")
			count("m.crisis", "crisis")
			t.add(", CASE WHEN m.crisis THEN s.id END AS crisis_session, COALESCE(m.rating, 0) AS rating")
			count("m.rating IS NOT NULL", "rated")
			t.add(" FROM counsel_messages m JOIN counsel_sessions s ON s.id = m.session_id")
			within("m.created_at")
			t.add(" UNION ALL SELECT ", who, t.dialect.dayOf("s.created_at"), ", '', '', '', '', 1, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0 FROM counsel_sessions s")
			within("s.created_at")
			t.add(") AS words")
		},
		day: "words.day",
		columns: map[string]string{
			"session_kind": "words.kind", "language": "words.language", "voice": "words.voice", "provider": "words.provider",
			"emotion": "words.emotion", "topic": "words.topic", "session": "words.session_id", "client": "words.client",
			"started": "words.started", "said": "words.said", "replied": "words.replied", "finished": "words.finished",
			"failed": "words.failed", "cancelled": "words.cancelled", "over_budget": "words.over_budget", "tokens": "words.tokens",
			"crisis": "words.crisis", "crisis_session": "words.crisis_session", "rating": "words.rating", "rated": "words.rated",
		},
	}
}
