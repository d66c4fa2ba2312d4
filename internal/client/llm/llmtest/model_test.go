package llmtest_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

// post asks the model and returns its answer as it stands on the wire.
func post(t *testing.T, url, body string) *http.Response {
	t.Helper()
	res, err := http.Post(url+"chat/completions", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

const question = `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"user","content":"b"}]}`

func TestTheWireIsThatOfOpenAI(t *testing.T) {
	t.Parallel()
	model := llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"가\"\n"}, Usage: &llmtest.Usage{Prompt: 1, Completion: 2}}
	})
	res := post(t, model.URL, question)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, ""+
		`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[{"index":0,"delta":{"content":"가\"\u000a"},"logprobs":null,"finish_reason":null}],"usage":null}`+"\n\n"+
		`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}`+"\n\n"+
		`data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`+"\n\n"+
		"data: [DONE]\n\n", string(body))
	asked := model.Requests()
	require.Len(t, asked, 1)
	require.Equal(t, "s", asked[0].System())
	require.Equal(t, "b", asked[0].Last())
}

func TestHandlersTakeTurnsAndTheLastOneStays(t *testing.T) {
	t.Parallel()
	model, err := llmtest.Listen("127.0.0.1:0", llmtest.Say("하나"), llmtest.Say("둘"))
	require.NoError(t, err)
	t.Cleanup(model.Close)
	for _, word := range []string{"하나", "둘", "둘"} {
		body, err := io.ReadAll(post(t, model.URL, strings.Replace(question, `"stream":true`, `"stream":false`, 1)).Body)
		require.NoError(t, err)
		require.Contains(t, string(body), `"content":"`+word+`"`)
	}
	require.Equal(t, 3, model.Asked())
	model.Script()
	require.Zero(t, model.Asked())
	require.Empty(t, model.Requests())
}

func TestAGateLetsOneDeltaPassAtATime(t *testing.T) {
	t.Parallel()
	gate, gone := make(chan struct{}), make(chan struct{})
	model := llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"가", "나"}, Gate: gate, Gone: func() { close(gone) }}
	})
	res := post(t, model.URL, question)
	gate <- struct{}{}
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "가")
	require.Equal(t, 1, model.Streams())
	require.NoError(t, res.Body.Close())
	<-gone
}

func TestStampsTellWhenADeltaWasSent(t *testing.T) {
	t.Parallel()
	model := llmtest.New(t, func(llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: []string{"가", "나"}, Stamp: true}
	})
	before := time.Now()
	body, err := io.ReadAll(post(t, model.URL, strings.Replace(question, `"stream":true`, `"stream":false`, 1)).Body)
	require.NoError(t, err)
	sent, rest := llmtest.Stamps(string(body))
	require.Len(t, sent, 2)
	for _, at := range sent {
		require.WithinRange(t, at, before.Add(-time.Millisecond), time.Now())
	}
	require.Contains(t, rest, `"content":"가나"`)
}

func TestWhatIsNoQuestionIsRefused(t *testing.T) {
	t.Parallel()
	model := httptest.NewServer(llmtest.NewModel())
	t.Cleanup(model.Close)
	for _, body := range []string{"{", "{}", `{"model":"m","messages":[]}`} {
		require.Equal(t, http.StatusBadRequest, post(t, model.URL+"/v1/", body).StatusCode)
	}
	res, err := http.Get(model.URL + "/v1/models")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestTokensAreTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "가", "가나다", "a🙂b\xff"} {
		require.Equal(t, text, strings.Join(llmtest.Tokens(text), ""))
	}
}
