// Package e2e runs Moa as an operator does: the real program, real signals, real services. The scripts
// in testdata are to be read as prose; besides the words of testscript they use these:
//
//	serve SERVER [KEY=value…]      start `moa serve` and wait until it is ready; it writes to SERVER.out
//	                               and SERVER.log, and $SERVER_URL is its address
//	terminate SERVER               ask it to end (SIGTERM): it must, with exit code 0 within 20 s
//	crash SERVER                   end it without asking (SIGKILL)
//	connect SERVER                 open a connection and say nothing
//	quiet SERVER                   its log must have no warning and no error
//	ready SERVER STATUS            wait until /readyz says ok, degraded or unavailable, and print it
//	postgres                       make an empty PostgreSQL database of the script's own the database
//	redis start|stop               start or end a Redis of the script's own, which serve will use
//	signin WHO EMAIL [PASSWORD]    sign in; WHO is the name from now on, `guest` is always there
//	[!] query WHO FILE [NAME=text…]     ask, with variables; it must be answered without any error
//	within TIME REGEXP WHO FILE [NAME=text…]   ask until the answer matches
//	[!] expect PATH VALUE          compare a value of the last answer; a step `count` counts a list
//	remember NAME PATH             keep a value of the last answer as $NAME
//	watch STREAM socket|sse WHO FILE [NAME=text…]   open a live field
//	event STREAM [REGEXP]          wait for the next event, or the next that matches
//	ended STREAM REGEXP            wait for the end of the stream: complete, end, closed CODE, or broken
//	flood COUPON TOKENS N          let everybody of the file claim, and wait for N claims
//	kept                           every claim that was promised must exist; the flood must have been cut off
//
// WHO may name a server, as in user@b; without one the first server is asked. What a query, an event
// or ready prints can be looked at with stdout. $NOW, $NEXT_WEEK and $NEXT_MONTH are instants.
package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/moa-bff/moa/test/testkit"
)

var program = flag.String("moa", "", "the program to test; without it, it is built")

// binary is the program under test.
var binary string

// TestMain builds the program once, with the race detector when the tests have it.
func TestMain(m *testing.M) {
	flag.Parse()
	if binary = *program; binary != "" {
		os.Exit(m.Run())
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "moa-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "moa")
	args := []string{"build", "-o", binary}
	if testkit.RaceDetector {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "github.com/moa-bff/moa")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build moa: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":     command(1, 9, (*world).serve),
			"terminate": command(1, 1, (*world).terminate),
			"crash":     command(1, 1, (*world).crash),
			"connect":   command(1, 1, (*world).connect),
			"quiet":     command(1, 1, (*world).quiet),
			"ready":     command(2, 2, (*world).ready),
			"postgres":  command(0, 0, (*world).postgres),
			"redis":     command(1, 1, (*world).redis),
			"signin":    command(2, 3, (*world).signIn),
			"query":     query,
			"within":    command(4, 20, (*world).within),
			"expect":    expect,
			"remember":  command(2, 2, (*world).remember),
			"watch":     command(4, 20, (*world).watch),
			"event":     command(1, 2, (*world).event),
			"ended":     command(2, 2, (*world).ended),
			"flood":     command(3, 3, (*world).flood),
			"kept":      command(0, 0, (*world).kept),
		},
	})
}

// setUp gives a script a world of its own.
func setUp(env *testscript.Env) error {
	t, ok := env.T().(testing.TB)
	if !ok {
		return fmt.Errorf("%T is no test", env.T())
	}
	w := newWorld(t, env.WorkDir)
	env.Defer(w.end) // before the services end, which end with the test
	env.Values[worldKey{}] = w
	now := time.Now().UTC()
	env.Vars = append(env.Vars,
		"PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"MOA_ADDR=127.0.0.1:0",
		"MOA_DATA_DIR="+filepath.Join(env.WorkDir, "var"),
		"NOW="+now.Format(time.RFC3339),
		"NEXT_WEEK="+now.AddDate(0, 0, 7).Format(time.RFC3339),
		"NEXT_MONTH="+now.AddDate(0, 1, 0).Format(time.RFC3339),
	)
	return nil
}

// command makes a word of the scripts from a method, which takes least to most arguments and must
// succeed.
func command(least, most int, run func(*world, *testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < least || len(args) > most {
			ts.Fatalf("it takes %d to %d arguments and no !", least, most)
		}
		ts.Check(run(worldOf(ts), ts, args))
	}
}

// query asks; with ! it must be refused.
func query(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("query WHO FILE [NAME=text…]")
	}
	err := worldOf(ts).query(ts, args)
	if neg && err == nil {
		ts.Fatalf("it was not refused")
	}
	if !neg {
		ts.Check(err)
	}
}

// expect compares a value of the last answer; with ! it must differ.
func expect(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("expect PATH VALUE")
	}
	got, err := worldOf(ts).last.at(args[0])
	ts.Check(err)
	if (got == args[1]) == neg {
		ts.Fatalf("%s is %q", args[0], got)
	}
}
