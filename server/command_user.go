package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"strings"

	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/config"
)

// addUser is `moa user add`: how the first operator comes to be.
func addUser(ctx context.Context, p Process, cfg config.Config, logger *slog.Logger) error {
	if len(p.Args) == 0 || p.Args[0] != "add" {
		return fmt.Errorf("user knows only add: %w", errUsage)
	}
	p.Args = p.Args[1:]
	flags := flag.NewFlagSet("user add", flag.ContinueOnError)
	email := flags.String("email", "", "the e-mail address")
	role := flags.String("role", "USER", "USER, OWNER, COUNSELOR or ADMIN")
	name := flags.String("name", "", "the name that others see; the part before the @ by default")
	fromStdin := flags.Bool("password-stdin", false, "read the password from the first line of the input instead of making one")
	if err := parse(p, flags, 0); err != nil {
		return err
	}
	if err := user.RoleValidator(user.Role(*role)); err != nil {
		return fmt.Errorf("-role is %q: choose USER, OWNER, COUNSELOR or ADMIN", *role)
	}
	if *email == "" {
		return fmt.Errorf("-email is needed: %w", errUsage)
	}
	if *name == "" {
		*name, _, _ = strings.Cut(*email, "@")
	}
	password := rand.Text()
	if *fromStdin {
		line, err := bufio.NewReader(p.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("read the password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	return withApp(ctx, cfg, logger, func(a *App) error {
		if err := a.checkSchema(ctx); err != nil {
			return err
		}
		added, err := a.accounts.Add(ctx, *email, password, *name, user.Role(*role))
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%s is %s now (%s).\n", *email, added.Role, added.ID)
		if !*fromStdin {
			fmt.Fprintf(p.Stdout, "Password: %s\n", password)
		}
		return nil
	})
}
