// Command execgen generates graph/ as gqlgen does, from gqlgen.yml, and then renders its executor once
// more from gqlgen's own templates with the changes of [changes], for which package exec is the runtime.
//
// With -plain DIR it copies the module to DIR and generates there what gqlgen alone would: a server that
// must answer the same, to compare with.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	plain := flag.String("plain", "", "copy the module into this folder and generate gqlgen's own executor there")
	flag.Parse()
	run := generate
	if *plain != "" {
		run = func(ctx context.Context) error { return copyPlain(ctx, *plain) }
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "execgen:", err)
		os.Exit(1)
	}
}

// capture keeps what gqlgen has worked out, to render from it again.
type capture struct{ data *codegen.Data }

func (*capture) Name() string { return "execgen" }

func (c *capture) GenerateCode(data *codegen.Data) error {
	c.data = data
	return nil
}

func generate(ctx context.Context) error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	cfg.SkipValidation = true // whoever uses the code builds it
	seen := &capture{}
	if err := api.Generate(cfg, api.AddPlugin(seen)); err != nil {
		return err
	}
	if seen.data == nil {
		return errors.New("gqlgen did not call the plugin")
	}
	templates, err := changedTemplates(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(templates) //nolint:errcheck // a temporary folder
	return render(seen.data, templates)
}

// copyPlain copies the files that git knows, and generates there with gqlgen alone.
func copyPlain(ctx context.Context, dir string) error {
	listed, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(listed), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(dir, name), name); err != nil {
			return err
		}
	}
	generate := exec.CommandContext(ctx, "go", "tool", "gqlgen", "generate")
	generate.Dir, generate.Stdout, generate.Stderr = dir, os.Stdout, os.Stderr
	return generate.Run()
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil // deleted, but not committed yet
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600) //nolint:gosec // where the caller says
}
