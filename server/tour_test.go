package server_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// step is a query of the README with the remark above it: `as WHO; with NAMES; remember NAME = PATH; until PATH`,
// where a live field is followed until what stands at the path is true.
type step struct {
	as       string
	until    string
	with     []string
	remember map[string]string
	query    string
}

func tour(t *testing.T) []step {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	var steps []step
	for _, match := range regexp.MustCompile("(?s)<!-- tour: (.*?) -->\n```graphql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		s := step{query: match[2], remember: map[string]string{}}
		for _, part := range strings.Split(match[1], "; ") {
			verb, rest, _ := strings.Cut(part, " ")
			switch verb {
			case "as":
				s.as = rest
			case "until":
				s.until = rest
			case "with":
				s.with = strings.Split(rest, ", ")
			case "remember":
				name, path, ok := strings.Cut(rest, " = data.")
				require.True(t, ok, rest)
				s.remember[name] = path
			default:
				require.Failf(t, "the tour has an unknown remark", "%s", part)
			}
		}
		steps = append(steps, s)
	}
	require.Len(t, steps, strings.Count(string(text), "```graphql"), "every query of the README must be part of the tour")
	return steps
}

// TestTourOfTheREADME runs every query that the README shows, in its order.
func TestTourOfTheREADME(t *testing.T) {
	t.Parallel()
	m := start(t)
	now := time.Now().UTC()
	seoul := time.FixedZone("Asia/Seoul", 9*60*60)
	known := map[string]any{
		"now":       now.Format(time.RFC3339),
		"nextWeek":  now.AddDate(0, 0, 7).Format(time.RFC3339),
		"nextMonth": now.AddDate(0, 1, 0).Format(time.RFC3339),
		"today":     now.In(seoul).Format(time.DateOnly),
		"weekAgo":   now.In(seoul).AddDate(0, 0, -6).Format(time.DateOnly),
	}
	people := map[string]client{"guest": m.guest(), "owner": m.as(t, "owner"), "user": m.as(t, "user")}
	for _, s := range tour(t) {
		variables := map[string]any{}
		for _, name := range s.with {
			require.Contains(t, known, name)
			variables[name] = known[name]
		}
		var a answer
		if strings.HasPrefix(s.query, "subscription") {
			stream := people[s.as].subscribe(t, s.query, variables)
			for a = stream.next(t); s.until != "" && a.get(t, s.until) != true; {
				a = stream.next(t)
			}
			stream.close(t)
			require.Empty(t, a.Errors, s.query)
		} else {
			a = people[s.as].must(t, s.query, variables)
		}
		for name, path := range s.remember {
			known[name] = a.get(t, path)
			require.NotEmpty(t, known[name], "%s of %s", path, a.Data)
			if name == "guestToken" { // which goes where an access token goes
				people["guest"] = client{moa: m, token: known[name].(string)}
			}
		}
		require.NotContains(t, string(a.Data), `"edges":[]`, s.query)
	}
}
