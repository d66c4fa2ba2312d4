package trinotest

import (
	"regexp"
	"strconv"
	"strings"
)

// Answer is how the server answers one statement. The zero Answer is a result without columns.
type Answer struct {
	// Columns are the columns of the result.
	Columns []Column
	// Pages are the rows, page by page, as they stand in JSON: a DECIMAL, a DATE and a TIMESTAMP are
	// texts.
	Pages [][][]any
	// Queued is how many pages say that the query waits, without columns, before the first row.
	Queued int
	// Busy is how many requests are answered 503 before the statement is taken, and BusyPages how many
	// before each page.
	Busy, BusyPages int
	// Status, when set, is answered instead of taking the statement, such as 401.
	Status int
	// Error, when set, ends the query after the last page.
	Error *Error
	// Stall keeps the page after the last one open until the query is cancelled.
	Stall bool
	// Hold, when set, keeps that page open until it is closed.
	Hold <-chan struct{}
}

// Column is a column of a result. Type is written as Trino does, such as "decimal(18,2)".
type Column struct{ Name, Type string }

// Error is how a query fails.
type Error struct {
	Name, Type, Message string
	Code                int
}

// Columns returns columns written as "name type".
func Columns(written ...string) []Column {
	columns := make([]Column, len(written))
	for i, text := range written {
		columns[i].Name, columns[i].Type, _ = strings.Cut(text, " ")
	}
	return columns
}

var typeName = regexp.MustCompile(`^([a-z ]+?)(?:\(([0-9, ]+)\))?( with time zone)?$`)

// wire returns the column as it stands in a page.
func (c Column) wire() map[string]any {
	parts := typeName.FindStringSubmatch(c.Type)
	if parts == nil {
		return map[string]any{"name": c.Name, "type": c.Type, "typeSignature": map[string]any{"rawType": c.Type, "arguments": []any{}}}
	}
	arguments := []any{}
	for text := range strings.SplitSeq(parts[2], ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
			arguments = append(arguments, map[string]any{"kind": "LONG", "value": n})
		}
	}
	if parts[1] == "varchar" && len(arguments) == 0 {
		arguments = append(arguments, map[string]any{"kind": "LONG", "value": 1<<31 - 1})
	}
	return map[string]any{"name": c.Name, "type": c.Type, "typeSignature": map[string]any{"rawType": parts[1] + parts[3], "arguments": arguments}}
}

// wire returns the error as it stands in a page.
func (e Error) wire() map[string]any {
	return map[string]any{
		"message": e.Message, "errorCode": e.Code, "errorName": e.Name, "errorType": e.Type,
		"failureInfo": map[string]any{"type": "io.trino.spi.TrinoException", "message": e.Message, "suppressed": []any{}, "stack": []any{}},
	}
}
