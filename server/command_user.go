package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/account"
	"github.com/moa-bff/moa/internal/platform/config"
	"github.com/moa-bff/moa/internal/platform/viewer"
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
		begun := time.Now()
		added, err := a.accounts.Add(ctx, *email, password, user.Role(*role))
		if err != nil {
			return a.phrase(err)
		}
		if added.CreatedAt.Before(begun) {
			return a.promote(ctx, p, added, user.Role(*role))
		}
		say(p, "%s is %s now (%s).\n", *email, added.Role, added.ID)
		if !*fromStdin {
			say(p, "Password: %s\n", password)
		}
		return nil
	})
}

// promote gives somebody who has an account already the role; the password stays as it is.
func (a *App) promote(ctx context.Context, p Process, known *ent.User, role user.Role) error {
	if known.Role != role {
		operator := viewer.With(ctx, viewer.Viewer{ID: "the command line", Role: user.RoleADMIN})
		changed, err := a.accounts.SetUserRole(operator, account.SetUserRoleInput{UserID: known.ID, Role: role})
		if err != nil {
			return err
		}
		known = changed
	}
	say(p, "%s had an account already and is %s now; the password stays as it was.\n", *known.Email, known.Role)
	return nil
}
