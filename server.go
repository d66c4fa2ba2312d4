// Command moa is one GraphQL endpoint for a neighbourhood: coupons, counsel, dashboards.
// Run `moa help` for its commands.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/moa-bff/moa/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := server.Main(ctx, server.Process{
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
	})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "moa:", err)
		os.Exit(1)
	}
}
