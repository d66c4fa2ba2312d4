package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/moa-bff/moa/internal/demo"
)

// world is what one script has made: its servers, its people, what they look at.
type world struct {
	t       testing.TB
	dir     string
	servers map[string]*server
	main    string            // the name of the server that was first
	tokens  map[string]string // by name
	streams map[string]*stream
	cache   *redisServer
	crowd   *flood
	last    answer
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func newWorld(t testing.TB, dir string) *world {
	return &world{
		t: t, dir: dir, servers: map[string]*server{}, tokens: map[string]string{"guest": ""}, streams: map[string]*stream{},
	}
}

// end ends what the script has left running.
func (w *world) end() {
	for _, s := range w.streams {
		s.close()
	}
	for _, s := range w.servers {
		s.finish(w.t)
	}
}

// settings are the variables of a script that `serve` hands on.
var settings = []string{
	"MOA_ENV", "MOA_ADDR", "MOA_DATA_DIR", "MOA_DATABASE_URL", "MOA_REDIS_URL", "MOA_TOKEN_KEY", "MOA_VAULT_KEY", "MOA_LIVE_KEEPALIVE",
}

func (w *world) serve(ts *testscript.TestScript, args []string) error {
	name := args[0]
	if old := w.servers[name]; old != nil {
		old.crash() // it has ended, or the script forgot it
	}
	var environ []string
	for _, key := range settings {
		if value := ts.Getenv(key); value != "" {
			environ = append(environ, key+"="+value)
		}
	}
	s, err := launch(filepath.Join(w.dir, name), append(environ, args[1:]...))
	if err != nil {
		return err
	}
	w.servers[name] = s
	if w.main == "" {
		w.main = name
	}
	ts.Setenv(strings.ToUpper(name)+"_URL", s.url)
	return nil
}

func (w *world) server(name string) (*server, error) {
	if s := w.servers[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("there is no server %q", name)
}

func (w *world) terminate(_ *testscript.TestScript, args []string) error {
	s, err := w.server(args[0])
	if err != nil {
		return err
	}
	return s.terminate()
}

func (w *world) crash(_ *testscript.TestScript, args []string) error {
	s, err := w.server(args[0])
	if err == nil {
		s.crash()
	}
	return err
}

func (w *world) connect(_ *testscript.TestScript, args []string) error {
	s, err := w.server(args[0])
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err == nil {
		w.t.Cleanup(func() { _ = conn.Close() })
	}
	return err
}

// quiet allows for one warning: whoever asks /readyz in the first moments is told to wait.
func (w *world) quiet(_ *testscript.TestScript, args []string) error {
	s, err := w.server(args[0])
	if err != nil {
		return err
	}
	for line := range strings.Lines(s.said()) {
		loud := strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") || !strings.HasPrefix(line, "time=")
		if loud && !strings.Contains(line, "ended sessions are not loaded yet") {
			return fmt.Errorf("it has logged %s", line)
		}
	}
	return nil
}

func (w *world) ready(ts *testscript.TestScript, args []string) error {
	s, err := w.server(args[0])
	if err != nil {
		return err
	}
	if err := poll(patience, func() error { return s.isReady(args[1]) }); err != nil {
		return err
	}
	text, err := s.readyz()
	_, _ = fmt.Fprint(ts.Stdout(), text) // a buffer of the script
	return err
}

func (w *world) postgres(ts *testscript.TestScript, _ []string) error {
	ts.Setenv("MOA_DATABASE_URL", emptyDatabase(w.t))
	return nil
}

func (w *world) redis(ts *testscript.TestScript, args []string) error {
	if w.cache == nil {
		w.cache = newRedis(w.t, w.dir)
		ts.Setenv("MOA_REDIS_URL", w.cache.url())
	}
	if args[0] == "stop" {
		w.cache.stop()
		return nil
	}
	return w.cache.start()
}

// client returns who is meant by WHO or WHO@SERVER.
func (w *world) client(who string) (client, error) {
	name, at, ok := strings.Cut(who, "@")
	if !ok {
		at = w.main
	}
	s, err := w.server(at)
	if err != nil {
		return client{}, err
	}
	token, ok := w.tokens[name]
	if !ok {
		return client{}, fmt.Errorf("nobody has signed in as %q", name)
	}
	return client{s.url, token}, nil
}

func (w *world) signIn(_ *testscript.TestScript, args []string) error {
	name, at, ok := strings.Cut(args[0], "@")
	if !ok {
		at = w.main
	}
	s, err := w.server(at)
	if err != nil {
		return err
	}
	password := demo.Password
	if len(args) == 3 {
		password = args[2]
	}
	c, err := signIn(s.url, args[1], password)
	w.tokens[name] = c.token
	return err
}

// operation reads WHO FILE [NAME=text…].
func (w *world) operation(ts *testscript.TestScript, args []string) (client, string, map[string]any, error) {
	variables := map[string]any{}
	for _, arg := range args[2:] {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return client{}, "", nil, fmt.Errorf("%q is not NAME=text", arg)
		}
		variables[name] = value
	}
	c, err := w.client(args[0])
	return c, ts.ReadFile(args[1]), variables, err
}

// keep makes an answer the last one, and shows it.
func (w *world) keep(ts *testscript.TestScript, a answer) {
	w.last = a
	_, _ = fmt.Fprintln(ts.Stdout(), a) // a buffer of the script
}

func (w *world) query(ts *testscript.TestScript, args []string) error {
	c, document, variables, err := w.operation(ts, args)
	ts.Check(err)
	a, err := c.ask(document, variables)
	ts.Check(err)
	w.keep(ts, a)
	return a.refusal()
}

func (w *world) within(ts *testscript.TestScript, args []string) error {
	limit, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	c, document, variables, err := w.operation(ts, args[2:])
	if err != nil {
		return err
	}
	err = c.askUntil(limit, func(a answer) error {
		w.last = a
		if wanted.MatchString(a.String()) {
			return nil
		}
		return fmt.Errorf("the answer is %s", a)
	}, document, variables)
	w.keep(ts, w.last)
	return err
}

func (w *world) remember(ts *testscript.TestScript, args []string) error {
	value, err := w.last.at(args[1])
	ts.Setenv(args[0], value)
	return err
}

func (w *world) watch(ts *testscript.TestScript, args []string) error {
	c, document, variables, err := w.operation(ts, args[2:])
	if err != nil {
		return err
	}
	listen := listenSocket
	if args[1] == "sse" {
		listen = listenSSE
	}
	s, err := listen(c, document, variables)
	if err == nil {
		w.streams[args[0]] = s
	}
	return err
}

func (w *world) stream(name string) (*stream, error) {
	if s := w.streams[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("nobody watches %q", name)
}

func (w *world) event(ts *testscript.TestScript, args []string) error {
	s, err := w.stream(args[0])
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile(strings.Join(args[1:], ""))
	if err != nil {
		return err
	}
	for {
		a, err := s.next()
		if err != nil {
			return err
		}
		if wanted.MatchString(a.String()) {
			w.keep(ts, a)
			return nil
		}
	}
}

func (w *world) ended(_ *testscript.TestScript, args []string) error {
	s, err := w.stream(args[0])
	if err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		return errors.New("it does not end")
	}
	if matched, err := regexp.MatchString(args[1], s.how); !matched || err != nil {
		return errors.Join(fmt.Errorf("it ended so: %s", s.how), err)
	}
	return nil
}
