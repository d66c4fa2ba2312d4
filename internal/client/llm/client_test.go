package llm_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/llm"
	"github.com/moa-bff/moa/internal/client/llm/llmtest"
)

func TestProvidersAreKnownByTheirHost(t *testing.T) {
	t.Parallel()
	for base, provider := range map[string]string{
		"https://clovastudio.stream.ntruss.com/v1/openai/":         "CLOVA",
		"https://clovastudio.stream.gov-ntruss.com/v1/openai":      "CLOVA",
		"https://Generativelanguage.googleapis.com/v1beta/openai/": "GEMINI",
		"https://api.openai.com/v1":                                "OPENAI",
		"http://localhost:11434/v1":                                "CUSTOM",
		"https://openai.com.example.org/v1":                        "CUSTOM",
		"https://notopenai.com/v1":                                 "CUSTOM",
	} {
		client, err := llm.New(llm.Options{BaseURL: base, Model: "m"})
		require.NoError(t, err)
		require.Equal(t, provider, client.Provider(), base)
		require.Equal(t, "m", client.Model())
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]llm.Options{
		"no address":       {Model: "m"},
		"another scheme":   {BaseURL: "ftp://example.org/" + key, Model: "m"},
		"not even a URL":   {BaseURL: "http://[" + key, Model: "m"},
		"a key in the URL": {BaseURL: "https://example.org/v1?key=" + key, Model: "m"},
		"a name in it":     {BaseURL: "https://" + key + "@example.org/v1", Model: "m"},
		"no model":         {BaseURL: "https://example.org/v1"},
		"a hasty client":   {BaseURL: "https://example.org/v1", Model: "m", HTTP: &http.Client{Timeout: time.Second}},
	} {
		_, err := llm.New(options)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), key)
	}
}

func TestRequestsThatCannotWorkAreNotSent(t *testing.T) {
	t.Parallel()
	b := setup(t, llm.Options{})
	user := []llm.Message{{Role: llm.RoleUser, Text: "?"}}
	for _, request := range []llm.Request{
		{},
		{Messages: []llm.Message{{Role: "robot", Text: "?"}}},
		{Messages: user, Tools: []llm.Tool{{Name: "t", Parameters: json.RawMessage(`[]`)}}},
		{Messages: user, Tools: []llm.Tool{{Name: "t"}}},
		{Messages: user, Schema: &llm.Schema{Name: "s", JSON: json.RawMessage(`{`)}},
	} {
		_, err := b.Complete(t.Context(), request)
		require.Error(t, err)
	}
	require.Zero(t, b.model.Asked())
}

func TestSettingsComeFromNowhereElse(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "another")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_ORG_ID", "another")
	model := llmtest.New(t)
	client, err := llm.New(llm.Options{BaseURL: strings.TrimSuffix(model.URL, "/"), Model: "m"})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	_, err = client.Complete(t.Context(), ask())
	require.NoError(t, err)
	header := model.Requests()[0].Header
	require.Empty(t, header.Get("Authorization"))
	require.Empty(t, header.Get("OpenAI-Organization"))
}

func TestManyStreamsAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	const streams = 200
	ready := make(chan struct{})
	b := setup(t, llm.Options{}, func(r llmtest.Request) llmtest.Answer {
		return llmtest.Answer{Deltas: llmtest.Tokens(strings.Repeat(r.Last()+" 가나다 ", 10)), Gate: ready}
	})
	var group sync.WaitGroup
	for i := range streams {
		group.Go(func() {
			name := "사람" + string(rune('가'+i))
			emit, deltas := collect()
			reply, err := b.Stream(t.Context(), llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Text: name}}}, emit)
			require.NoError(t, err)
			require.Equal(t, strings.Repeat(name+" 가나다 ", 10), reply.Text)
			require.Equal(t, reply.Text, strings.Join(*deltas, ""))
		})
	}
	close(ready)
	group.Wait()
	require.Equal(t, streams, b.model.Asked())
	require.Zero(t, b.model.Streams())
}

func BenchmarkStream(b *testing.B) {
	const deltas = 200
	model := llmtest.New(b, always(llmtest.Answer{Deltas: llmtest.Tokens(strings.Repeat("가나", deltas))}))
	client, err := llm.New(llm.Options{BaseURL: model.URL, Model: "m"})
	require.NoError(b, err)
	b.Cleanup(client.Close)
	b.ReportAllocs()
	for b.Loop() {
		_, err := client.Stream(b.Context(), ask(), func(string) error { return nil })
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*deltas), "ns/delta")
}
