package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/obs"
)

// Process is what a command may touch of the process that runs it.
type Process struct {
	Args    []string
	Environ []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// command is one word of the command line.
type command struct {
	name  string
	usage string
	help  string
	run   func(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error
}

// commands returns every command; the first is the default.
func commands() []command {
	return []command{
		{"serve", "", "answer requests and run jobs (the default)", serve},
		{"work", "", "run jobs only", work},
		{"migrate", "", "bring the database schema up to date", migrate},
		{"seed", "[-users N -tokens FILE]", "add demo data; with -users also N users for load tests, one access token a line in FILE", seed},
		{"user", "add -email ADDRESS -role ROLE [-password-stdin]", "add a user, or give one a role", addUser},
		{"keys", "rotate [-reseal]", "encrypt with a new data key from now on, and have the first key of MOA_VAULT_KEY wrap every data key; with -reseal also encrypt anew what is there", rotateKeys},
		{"import", "KIND FILE", "import stores, customers, coupons, claims, orders, ads or visits from FILE, .csv or .csv.gz", importFile},
	}
}

// errUsage says that the command line could not be read; what is wrong was printed.
var errUsage = errors.New("see `moa help`")

// Main runs the command that the arguments name.
func Main(ctx context.Context, p Process) error {
	name, args := "serve", p.Args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if name == "help" || len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		_, err := io.WriteString(p.Stdout, helpText())
		return err
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		cfg, err := config.Load(p.Environ)
		if err != nil {
			return fmt.Errorf("the configuration has mistakes:\n%w", err)
		}
		level, err := cfg.Level()
		if err != nil {
			return err
		}
		p.Args = args
		logger := obs.NewLogger(p.Stderr, level, cfg.Env)
		if unknown := config.Unknown(p.Environ); len(unknown) > 0 {
			logger.Warn("there are no such settings: see the README", "variables", unknown)
		}
		return c.run(ctx, p, cfg, logger)
	}
	return fmt.Errorf("there is no command %q: %w", name, errUsage)
}

// helpText lists the commands.
func helpText() string {
	var b strings.Builder
	b.WriteString("Moa is one GraphQL endpoint for a neighbourhood.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  moa %s\n        %s\n", strings.TrimSpace(c.name+" "+c.usage), c.help)
	}
	b.WriteString("\nSettings come from the environment (MOA_…); the README lists them all.\n")
	return b.String()
}

// parse reads the flags of a command and refuses what is left over beyond want arguments.
func parse(p Process, flags *flag.FlagSet, want int) error {
	flags.SetOutput(p.Stderr)
	flags.Usage = flags.PrintDefaults
	if err := flags.Parse(p.Args); err != nil {
		return errUsage
	}
	if flags.NArg() != want {
		return fmt.Errorf("%s takes %d arguments, not %d: %w", flags.Name(), want, flags.NArg(), errUsage)
	}
	return nil
}

// noArguments refuses arguments.
func noArguments(p Process, name string) error {
	return parse(p, flag.NewFlagSet(name, flag.ContinueOnError), 0)
}

// say tells the person at the terminal; a closed terminal is no reason to stop.
func say(p Process, format string, args ...any) { _, _ = fmt.Fprintf(p.Stdout, format, args...) }

// phrase gives a refusal the words that people get, with its code.
func (a *App) phrase(err error) error {
	refusals := fault.BusinessOf(err)
	if len(refusals) == 0 {
		return err
	}
	texts := make([]string, len(refusals))
	for i, f := range refusals {
		texts[i] = fmt.Sprintf("%s [%s]", a.words.Fault(language.English, f), f.Code)
	}
	return errors.New(strings.Join(texts, "\n"))
}
