package load

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

const (
	// thinks is how long the scripted model takes to begin.
	thinks = 300 * time.Millisecond
	// saysEvery is how fast it speaks then: 20 pieces of two letters a second.
	saysEvery = 50 * time.Millisecond
	// sessionMemory is how much a process may hold while a thousand sessions are answered at once.
	sessionMemory = 1 << 30
	// addedPromise is how much later than over the relay 99 of 100 pieces are heard at the latest.
	addedPromise = 20 * time.Millisecond
)

// answerText is what the model says to every worry.
const answerText = "많이 떨리고 불안하셨겠어요. 그만큼 잘하고 싶은 마음이 크다는 뜻이기도 해요. 오늘 밤에는 준비한 것 가운데 하나만 소리 내어 말해 보고, 나머지는 내일의 나에게 맡겨 두면 어떨까요."

// TestCounsel has real worries answered in two voices, a hundred at a time, and measures what Moa adds to the
// model; a relay that keeps nothing is the floor.
func TestCounsel(t *testing.T) {
	people, atOnce := 20, 10
	if *figures {
		people, atOnce = 500, 100
	}
	worries := realWorries(t, people)
	table := &Table{Title: "500 worries in two voices, 100 at a time", Head: []string{
		"on", "over", "first word after the model could say it: p50 ms", "p99", "a piece after the model said it: p50 ms", "p99", "max", "CPU ms a session: Moa + PostgreSQL + Redis",
	}}
	model, floor := speaking(t, saysEvery), time.Duration(0)
	t.Run("relay", func(t *testing.T) {
		relay := startRelay(t, model.URL)
		before := cpu(relay.pid())
		heard := hearAll(t, atOnce, worries, func(_ int, worry string, h *hearer) error { return relay.tell(t.Context(), worry, h) })
		floor = heard.later.P99
		used := spent{moa: cpu(relay.pid()) - before}.each(people)
		table.Add("a relay that keeps nothing", "SSE", Milliseconds(heard.first.P50), Milliseconds(heard.first.P99),
			Milliseconds(heard.later.P50), Milliseconds(heard.later.P99), Milliseconds(heard.later.Max), used.String())
	})
	each(t, func(t *testing.T, g ground) {
		town, tokens := counselTown(t, g, model, people)
		before := town.spent(t)
		heard := hearAll(t, atOnce, worries, func(i int, worry string, h *hearer) error { return town.tell(t, i, tokens[i], worry, h) })
		used := town.spent(t).since(before).each(people)
		table.Add(g.name, "WebSocket", Milliseconds(heard.first.P50), Milliseconds(heard.first.P99),
			Milliseconds(heard.later.P50), Milliseconds(heard.later.P99), Milliseconds(heard.later.Max), used.String())
		if *figures {
			require.LessOrEqual(t, heard.later.P99-floor, addedPromise, "beside the relay, which shared the machine")
		}
	})
	printTable(t, table)
}

// TestCounselAtOnce has a thousand sessions answered at once: nobody misses a word, and it takes no more memory
// than a small machine has.
func TestCounselAtOnce(t *testing.T) {
	people, every := 200, 100*time.Millisecond
	if raced {
		people = 50
	}
	if *figures {
		people, every = 1000, 500*time.Millisecond
	}
	table := &Table{Title: "1,000 sessions at once, each in two voices", Head: []string{
		"on", "voices at once", "pieces/s", "a piece after the model said it: p50 ms", "p99", "most memory of a process: MB", "CPU ms a session: Moa + PostgreSQL + Redis",
	}}
	worries := make([]string, people)
	for i := range worries {
		worries[i] = "고민이에요 " + strconv.Itoa(i)
	}
	each(t, func(t *testing.T, g ground) {
		model, together := speakingTogether(t, every, 2*people)
		town, tokens := counselTown(t, g, model, people)
		before, begun := town.spent(t), time.Now()
		heard := hearAll(t, people, worries, func(i int, worry string, h *hearer) error { return town.tell(t, i, tokens[i], worry, h) })
		took, used := time.Since(begun), town.spent(t).since(before).each(people)
		memory := 0
		for _, server := range town.servers {
			memory = max(memory, mostMemory(t, server.pid()))
		}
		t.Logf("%d MB", memory>>20)
		table.Add(g.name, strconv.Itoa(together()), fmt.Sprintf("%.0f", float64(heard.pieces)/took.Seconds()),
			Milliseconds(heard.later.P50), Milliseconds(heard.later.P99), strconv.Itoa(memory>>20), used.String())
		require.Equal(t, 2*people, together())
		if !raced {
			require.LessOrEqual(t, memory, sessionMemory)
		}
		var again int
		require.NoError(t, town.rows.QueryRowContext(t.Context(), `SELECT count(*) FROM counsel_messages WHERE attempt > 0`).Scan(&again))
		require.Zero(t, again, "nobody died: nothing is asked for twice")
	})
	printTable(t, table)
}

// realWorries returns worries that people have had; without the folder of the data it skips.
func realWorries(t *testing.T, n int) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "korean_worries", "songys_chatbot_qa.csv"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("there is no folder of worries beside the checkout")
	}
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), n)
	step := (len(rows) - 1) / n
	worries := make([]string, n)
	for i := range worries {
		worries[i] = rows[1+i*step][1]
	}
	return worries
}

// speaking returns a model that puts the time before each piece.
func speaking(t *testing.T, every time.Duration) *llmtest.Server {
	t.Helper()
	return llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{
			Deltas: llmtest.Tokens(answerText), First: thinks, Every: every, Stamp: true, Usage: &llmtest.Usage{Prompt: 700, Completion: 60},
		}
	})
}

// speakingTogether is speaking by a model that begins when so many voices wait for it. together returns how many
// do.
func speakingTogether(t *testing.T, every time.Duration, voices int) (model *llmtest.Server, together func() int) {
	t.Helper()
	var waiting atomic.Int64
	all := make(chan struct{})
	model = llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		if waiting.Add(1) == int64(voices) {
			close(all)
		}
		return llmtest.Answer{
			Deltas: llmtest.Tokens(answerText), Every: every, Gate: all, Stamp: true, Usage: &llmtest.Usage{Prompt: 700, Completion: 60},
		}
	})
	return model, func() int { return int(waiting.Load()) }
}

// counselTown opens a town whose people tell their worries to a model.
func counselTown(t *testing.T, g ground, model *llmtest.Server, people int) (*town, []string) {
	t.Helper()
	town := found(t, g)
	town.settings = append(town.settings, "MOA_LLM_URL="+model.URL, "MOA_LLM_MODEL=scripted", "MOA_LLM_FIRST_TOKEN=60s",
		"MOA_LLM_SERVICE_TOKENS=1000000000", "MOA_LIMIT_STREAMS=10000")
	tokens := town.seed(t, people)
	town.open(t, g)
	return town, tokens
}

// mostMemory returns the most that a process has had in memory, in bytes; 0 where the system does not tell.
// Source: proc(5), VmHWM of /proc/pid/status, in kB.
func mostMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int
	_, err = fmt.Sscan(rest, &kilobytes)
	require.NoError(t, err)
	return kilobytes << 10
}
