// Package migrations holds the versioned SQL that builds the PostgreSQL schema, in the order of
// its file names. Write a new file with `make migration name=…` and review it; never change one
// that has landed.
package migrations

import "embed"

// Files are the migrations in goose's format.
//
//go:embed *.sql
var Files embed.FS
