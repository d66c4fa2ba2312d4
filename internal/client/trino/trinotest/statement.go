package trinotest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Statement is one statement that the server was sent.
type Statement struct {
	// SQL is the statement, with question marks where it has arguments, however it was prepared.
	SQL string
	// Args are the arguments in order, as the literals of SQL that they were sent as, such as
	// "'it''s'", "12.50" or "DATE '2026-11-25'".
	Args []string
	// User is who asks, by name. Password and Token are what came in the Authorization header.
	User, Password, Token string
	// Catalog, Schema, Source and TimeZone are those of the session.
	Catalog, Schema, Source, TimeZone string
	// Prepared tells that the statement came in a header and not in the body.
	Prepared bool
	// Header is all of the request's header.
	Header http.Header
}

// readStatement reads a statement from the header and body of its request.
func readStatement(r *http.Request, body string) (Statement, error) {
	statement := Statement{
		SQL:      body,
		User:     r.Header.Get("X-Trino-User"),
		Catalog:  r.Header.Get("X-Trino-Catalog"),
		Schema:   r.Header.Get("X-Trino-Schema"),
		Source:   r.Header.Get("X-Trino-Source"),
		TimeZone: r.Header.Get("X-Trino-Time-Zone"),
		Header:   r.Header.Clone(),
	}
	_, statement.Password, _ = r.BasicAuth()
	statement.Token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if statement.Password != "" {
		statement.Token = ""
	}
	rest, executes := strings.CutPrefix(body, "EXECUTE ")
	if !executes {
		return statement, nil
	}
	if immediate, ok := strings.CutPrefix(rest, "IMMEDIATE "); ok {
		end := literalEnd(immediate)
		if end == 0 {
			return statement, fmt.Errorf("no statement in %q", body)
		}
		statement.SQL = strings.ReplaceAll(immediate[1:end-1], "''", "'")
		statement.Args = literals(strings.TrimPrefix(immediate[end:], " USING "))
		return statement, nil
	}
	name, args, _ := strings.Cut(rest, " USING ")
	statement.Prepared = true
	statement.Args = literals(args)
	for _, header := range r.Header.Values("X-Trino-Prepared-Statement") {
		if sql, ok := strings.CutPrefix(header, name+"="); ok {
			var err error
			statement.SQL, err = url.QueryUnescape(sql)
			return statement, err
		}
	}
	return statement, fmt.Errorf("no prepared statement %q", name)
}

// literals splits a list at the commas that stand in no text and in no bracket.
func literals(list string) []string {
	var found []string
	depth, begin := 0, 0
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '\'':
			i += max(literalEnd(list[i:]), 1) - 1
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case ',':
			if depth == 0 {
				found = append(found, strings.TrimSpace(list[begin:i]))
				begin = i + 1
			}
		}
	}
	if last := strings.TrimSpace(list[begin:]); last != "" {
		found = append(found, last)
	}
	return found
}

// literalEnd returns where the text at the beginning of sql ends, quotes included, and zero when there
// is none. A doubled quote is part of the text.
func literalEnd(sql string) int {
	if !strings.HasPrefix(sql, "'") {
		return 0
	}
	for i := 1; i < len(sql); i++ {
		switch {
		case sql[i] != '\'':
		case strings.HasPrefix(sql[i:], "''"):
			i++
		default:
			return i + 1
		}
	}
	return 0
}
