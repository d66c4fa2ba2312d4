package server_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
	"github.com/moa-bff/moa/internal/demo"
)

// ledger is a log that a test reads.
type ledger struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *ledger) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// rowsOf opens the embedded database in a data directory beside the Moa that uses it.
func rowsOf(t testing.TB, dir string) *sql.DB {
	t.Helper()
	rows, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "moa.db")+"?_busy_timeout=10000")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rows.Close()) })
	return rows
}

func TestACrisisShowsHelpLinesAndTellsOperatorsWithoutAWord(t *testing.T) {
	t.Parallel()
	m := start(t)
	guest, session, a := m.guest().answered(t, "요즘은 매일 죽고 싶다는 생각뿐이에요")
	require.Contains(t, a.get(t, "counselSession.crisis.text"), "이야기해 주셔서 고마워요")
	require.Equal(t, "109", a.get(t, "counselSession.crisis.lines.0.phone"))
	require.Equal(t, "109", a.get(t, "counselSession.messages.edges.0.node.crisis.lines.0.phone"), "beside what the client said")
	require.Nil(t, a.get(t, "counselSession.messages.edges.1.node.crisis"))
	_, _, calm := guest.answered(t, "저녁으로 전복죽 끓여 먹었어요")
	require.Nil(t, calm.get(t, "counselSession.crisis"))

	admin := m.as(t, "admin").must(t, `{ events(first: 5, filter: {topic: "counsel.crisis"}) { edges { node { topic subject payload } } } }`, nil)
	require.Len(t, admin.get(t, "events.edges"), 1)
	require.Equal(t, session, admin.get(t, "events.edges.0.node.subject"))
	require.Equal(t, map[string]any{"sessionId": session}, admin.get(t, "events.edges.0.node.payload"), "and not a word of it")
}

// TestWhatIsToldIsNowhereInClear looks for what a client and the model have said in every file of the database
// and in the log, at its most talkative.
func TestWhatIsToldIsNowhereInClear(t *testing.T) {
	t.Parallel()
	const told, answered, named = "MARKER-told-2b7f", "MARKER-answered-91ce", "MARKER-named-5d30"
	dir, log := t.TempDir(), &ledger{}
	settings := append(models(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"답: ", answered, " 그리고 끝."}}
	}), "MOA_DATA_DIR="+dir, "MOA_LOG_LEVEL=debug")
	m, stop := run(t, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), settings...)
	user, session, a := m.as(t, "user").answered(t, told+" 때문에 죽고 싶어요")
	require.Contains(t, a.get(t, "counselSession.messages.edges.1.node.text"), answered)
	user.must(t, `mutation($s: ID!) { renameCounselSession(input: {id: $s, title: "`+named+`"}) { session { id } userErrors { code } } }`, map[string]any{"s": session})
	user.must(t, `mutation($s: ID!) { shareCounselSession(input: {sessionId: $s}) { share { url } userErrors { code } } }`, map[string]any{"s": session})
	user.do(t, `mutation($s: ID!) { sendCounselMessage(input: {sessionId: $s, text: "`+strings.Repeat(told, 200)+`"}) { message { id } userErrors { code } } }`, map[string]any{"s": session})
	stop()

	files, err := filepath.Glob(filepath.Join(dir, "moa.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := 0
	for _, file := range files {
		bytesOf, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(bytesOf), "MARKER-", file)
		found += strings.Count(string(bytesOf), session)
	}
	require.Positive(t, found, "these are the rows")
	require.NotContains(t, log.String(), "MARKER-")
	require.Contains(t, log.String(), "level=DEBUG", "the log has said something")
}

func TestWhatWasToldGoesWithTheAccount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := start(t, "MOA_DATA_DIR="+dir)
	user, session, _ := m.as(t, "user").answered(t, "고민이에요")
	_, kept, _ := m.as(t, "jiho").answered(t, "다른 고민이에요")
	user.must(t, `mutation($s: ID!) { shareCounselSession(input: {sessionId: $s}) { share { url } userErrors { code } } }`, map[string]any{"s": session})
	rows := rowsOf(t, dir)
	count := func(table, column, id string) (n int) {
		require.NoError(t, rows.QueryRow(`SELECT count(*) FROM `+table+` WHERE `+column+` = ?`, id).Scan(&n))
		return n
	}
	require.Equal(t, 3, count("counsel_messages", "session_id", session))
	user.must(t, `mutation { deleteAccount(input: {password: "`+demo.Password+`"}) { user { id } userErrors { code } } }`, nil)
	for table, column := range map[string]string{"counsel_sessions": "id", "counsel_messages": "session_id", "counsel_shares": "session_id"} {
		require.Zero(t, count(table, column, session), table)
	}
	require.Equal(t, 3, count("counsel_messages", "session_id", kept), "those of others stay")
}
