// Package ent is the generated data layer. Only ent/schema and ent/migrate/migrations are written by hand.
package ent

//go:generate go tool ent generate --feature sql/upsert,sql/modifier,sql/lock,sql/execquery,sql/versioned-migration --template ./schema/template ./schema
