// Package internal_test holds the house to its floors.
package internal_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/moa-bff/moa"

// floors are the rooms of the house from the roof down; every arrow points down or stays in its room.
var floors = []struct {
	room string
	deep int
}{
	{"server", 5}, // and server.go itself, the module's root
	{"resolvers", 4},
	{"graph", 3},
	{"loaders", 3},
	{"internal", 2},
	{"ent", 1},
	{"web", 0},
}

// subjects never meet in code: they meet in the rows and in the event log.
var subjects = []string{"account", "coupon", "counsel", "dashboard", "integration", "notify", "store", "trade"}

// loose are the packages of internal/ that only the server uses and that only write rows.
var loose = []string{"dataimport", "demo"}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, path := range p.Imports {
			to, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			if why := forbidden(from, to); why != "" {
				t.Errorf("%s imports %s: %s", from, to, why)
			}
		}
	}
}

// TestArrowsAreSeen makes sure that the rules can fail at all.
func TestArrowsAreSeen(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{
		"internal/coupon":        "internal/store",
		"internal/client/llm":    "internal/counsel",
		"internal/platform/db":   "internal/account",
		"internal/platform/bus":  "server",
		"internal/store":         "loaders",
		"internal/account":       "graph",
		"ent/schema":             "internal/platform/db",
		"resolvers":              "internal/platform/bus",
		"loaders":                "resolvers",
		"graph":                  "loaders",
		"server":                 "test/testkit",
		"internal/platform/page": "internal/client/pay",
	} {
		require.NotEmpty(t, forbidden(from, to), "%s → %s", from, to)
	}
	for from, to := range map[string]string{
		"":                      "server",
		"server":                "internal/coupon",
		"resolvers":             "internal/coupon",
		"internal/coupon":       "internal/platform/db",
		"internal/counsel":      "internal/client/llm",
		"internal/platform/db":  "ent",
		"test/testkit":          "internal/platform/db",
		"internal/platform/bus": "internal/platform/fault",
	} {
		require.Empty(t, forbidden(from, to), "%s → %s", from, to)
	}
}

// forbidden says why a package may not import another one of ours, and nothing when it may.
func forbidden(from, to string) string {
	if in(from, "test") {
		return ""
	}
	if in(to, "test") {
		return "production code stands without the tests"
	}
	if floorOf(from) < floorOf(to) {
		return "the arrow points up"
	}
	switch {
	case in(from, "resolvers") && slices.ContainsFunc([]string{"internal/client", "internal/platform/bus", "internal/platform/db"}, func(room string) bool { return in(to, room) }):
		return "a resolver calls a subject, never what the subject stands on"
	case in(from, "graph") && in(to, "loaders"), in(from, "loaders") && in(to, "graph"):
		return "graph and loaders stand side by side"
	case in(from, "ent") && !in(to, "ent"):
		return "ent knows nothing of ours"
	case in(from, "internal"):
		return forbiddenInside(from, to)
	}
	return ""
}

// forbiddenInside holds subjects → client → platform.
func forbiddenInside(from, to string) string {
	subject, other := roomOf(from), roomOf(to)
	switch {
	case !in(to, "internal"):
		return ""
	case slices.Contains(loose, other) && other != subject:
		return "only the server fills rows from outside"
	case slices.Contains(loose, subject) && !in(to, "internal/platform") && other != subject:
		return "what fills rows stands on the platform alone"
	case slices.Contains(subjects, subject) && slices.Contains(subjects, other) && subject != other:
		return "subjects meet in the rows and in the event log"
	case (subject == "client" || subject == "platform") && slices.Contains(subjects, other):
		return "what stands below does not know the subjects"
	case subject == "platform" && other == "client":
		return "the platform does not know whom we call"
	}
	return ""
}

func floorOf(path string) int {
	for _, f := range floors {
		if in(path, f.room) {
			return f.deep
		}
	}
	return 6 // the module's root
}

func roomOf(path string) string {
	room, _, _ := strings.Cut(strings.TrimPrefix(path, "internal/"), "/")
	return room
}

func in(path, room string) bool { return path == room || strings.HasPrefix(path, room+"/") }

// TestResolversHaveNoQueries keeps ent's client and predicates out of the resolvers: nouns travel, verbs
// stay home.
func TestResolversHaveNoQueries(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if !in(strings.TrimPrefix(p.ImportPath, module+"/"), "resolvers") {
			continue
		}
		require.NotContains(t, p.Imports, module+"/ent/predicate")
		out, err := exec.Command("grep", "-rnE", `ent\.Client|\.Query\(\)|\.Where\(|ent\.IsNotFound`, "../resolvers", "--include=*.go").CombinedOutput()
		require.Error(t, err, "resolvers query: %s", out) // grep finds nothing
	}
}

// packages lists our packages with what their production code imports.
func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	require.NoError(t, err)
	var list []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listed
		require.NoError(t, decoder.Decode(&p))
		list = append(list, p)
	}
	require.Greater(t, len(list), 20)
	return list
}
