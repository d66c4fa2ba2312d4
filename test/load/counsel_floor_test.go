package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"
)

// asRelay makes this binary run as a relay of the language model at the address in this variable: what it costs
// to hand on two answers over server-sent events, without GraphQL, a bus, encryption, or keeping anything.
const asRelay = "RUN_AS_RELAY"

// serveRelay serves until ctx ends, and says where.
func serveRelay(ctx context.Context, model string, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	carrier := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4096}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		var mu sync.Mutex
		var voices sync.WaitGroup
		for _, voice := range []string{"a", "b"} {
			voices.Go(func() {
				_ = relayVoice(r.Context(), carrier, model, text, func(line []byte) { // who listens sees that it ends
					mu.Lock()
					defer mu.Unlock()
					_, _ = fmt.Fprintf(w, "%s %s\n\n", voice, line)
					_ = http.NewResponseController(w).Flush()
				})
			})
		}
		voices.Wait()
	})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(out, "relay http://%s\n", listener.Addr())
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// relayVoice asks the model and hands on each event.
func relayVoice(ctx context.Context, carrier *http.Client, model string, worry []byte, hand func(line []byte)) error {
	text, err := json.Marshal(map[string]any{
		"model": "scripted", "stream": true, "messages": []any{map[string]string{"role": "user", "content": string(worry)}},
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, model+"chat/completions", bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := carrier.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if event, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			hand(event)
		}
	}
	return lines.Err()
}

// relay is a running relay.
type relay struct {
	*process
	url string
}

func startRelay(t *testing.T, model string) relay {
	t.Helper()
	p := itself(t, []string{asRelay + "=" + model})
	return relay{p, p.start(t, regexp.MustCompile(`relay (http://\S+)`))[1]}
}

// tell has a worry answered.
func (r relay) tell(ctx context.Context, worry string, h *hearer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader([]byte(worry)))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		voice, event, found := bytes.Cut(lines.Bytes(), []byte(" "))
		if !found {
			continue
		}
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		_ = json.Unmarshal(event, &chunk) // the last event is no JSON
		delta := ""
		if len(chunk.Choices) > 0 {
			delta = chunk.Choices[0].Delta.Content
		}
		h.hear(string(voice), delta, string(event) == "[DONE]")
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return h.wait()
}

// runRelay is what [TestMain] runs for [asRelay].
func runRelay(ctx context.Context) error { return serveRelay(ctx, os.Getenv(asRelay), os.Stdout) }
