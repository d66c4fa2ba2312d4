package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that has no shorter promise, on a busy machine and under the
// race detector.
const patience = 30 * time.Second

// shutdownPromise is how long Moa may take to end.
const shutdownPromise = 20 * time.Second

// server is a running `moa serve`.
type server struct {
	cmd    *exec.Cmd
	url    string
	log    string        // the path of its standard error
	exited chan struct{} // closed after its end
}

var servingAt = regexp.MustCompile(`msg"?[=:]"?serving"?.*address"?[=:]"?([0-9.:]+)`)

// launch starts `moa serve` with the settings, KEY=value, and returns when it is ready. What it prints
// is appended to base.out and base.log.
func launch(base string, settings []string) (*server, error) {
	return launchProgram(binary, base, settings)
}

// launchProgram is launch for another build of Moa.
func launchProgram(program, base string, settings []string) (*server, error) {
	s := &server{cmd: exec.Command(program, "serve"), log: base + ".log", exited: make(chan struct{})}
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, settings...)
	before := len(s.said())
	for path, to := range map[string]*io.Writer{base + ".out": &s.cmd.Stdout, s.log: &s.cmd.Stderr} {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		*to = file
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // the state of the process tells how it ended
		close(s.exited)
	}()
	err := poll(patience, func() error {
		select {
		case <-s.exited:
			return final{fmt.Errorf("moa has ended: %s\n%s", s.cmd.ProcessState, s.said()[before:])}
		default:
		}
		match := servingAt.FindStringSubmatch(s.said()[before:])
		if match == nil {
			return fmt.Errorf("moa does not serve:\n%s", s.said()[before:])
		}
		s.url = "http://" + match[1]
		return s.isReady("")
	})
	if err != nil {
		s.crash()
		return nil, err
	}
	return s, nil
}

// said returns what the server has logged.
func (s *server) said() string {
	text, _ := os.ReadFile(s.log) // before its first line there is no file
	return string(text)
}

// readyz returns the answer of /readyz.
func (s *server) readyz() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// isReady returns nil when /readyz says the status; any but unavailable when the status is empty.
func (s *server) isReady(status string) error {
	text, err := s.readyz()
	if err != nil {
		return err
	}
	unavailable := strings.Contains(text, `"status":"unavailable"`)
	if status == "" && !unavailable || status != "" && strings.HasPrefix(text, `{"status":"`+status+`"`) {
		return nil
	}
	return fmt.Errorf("readyz says %s", text)
}

// terminate asks the server to end, and returns nil when it does so in time and well.
func (s *server) terminate() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("terminate: %w", err)
	}
	select {
	case <-s.exited:
	case <-time.After(shutdownPromise):
		s.crash()
		return fmt.Errorf("it did not end within %s:\n%s", shutdownPromise, s.said())
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("exit code %d:\n%s", code, s.said())
	}
	return nil
}

// crash ends the server without asking.
func (s *server) crash() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.exited
}

// finish ends the server with its test, if it still runs, and shows its log when the test has failed.
func (s *server) finish(t testing.TB) {
	t.Helper()
	s.crash()
	said := s.said()
	if strings.Contains(said, "DATA RACE") {
		t.Errorf("%s: a data race", s.log)
	}
	if t.Failed() {
		t.Logf("%s:\n%s", s.log, said)
	}
}

// final is an error after which trying again is of no use.
type final struct{ error }

// poll tries until it succeeds, and returns the last error after the time.
func poll(within time.Duration, try func() error) error {
	deadline := time.After(within)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if last := (final{}); err == nil || errors.As(err, &last) {
			return err
		}
		select {
		case <-deadline:
			return fmt.Errorf("not within %s: %w", within, err)
		case <-tick.C:
		}
	}
}
