package server_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/demo"
)

// secretsIn returns what of a credential's file must not be seen.
func secretsIn(t testing.TB, file []byte) []string {
	t.Helper()
	var parts map[string]string
	require.NoError(t, json.Unmarshal(file, &parts))
	if key := parts["private_key"]; key != "" {
		return []string{strings.Split(key, "\n")[1]}
	}
	return []string{parts["client_secret"], parts["refresh_token"]}
}

// TestACredentialIsNowhereInClear looks for credentials, and for the tokens that they were changed for, in every
// answer, in the log at its most talkative, in every metric and in every file of the database.
func TestACredentialIsNowhereInClear(t *testing.T) {
	t.Parallel()
	server, settings := analytics(t, ga4test.Always(ga4test.Answer{Rows: []ga4test.Row{{Metrics: []string{"1"}}}}))
	dir, log := t.TempDir(), &ledger{}
	settings = append(settings, "MOA_DATA_DIR="+dir, "MOA_LOG_LEVEL=debug")
	m, stop := run(t, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), settings...)
	owner, admin := m.as(t, "owner"), m.as(t, "admin")
	store, other := owner.open(t, "내 가게"), owner.open(t, "다른 가게")
	account, person := server.Account("mine"), server.Person()
	hidden := append(secretsIn(t, account), secretsIn(t, person)...)
	var answers strings.Builder
	keep := func(a answer) answer {
		answers.Write(marshal(t, []any{a.Data, a.Errors}))
		return a
	}

	id := keep(owner.connect(t, store, "111", string(account))).get(t, "connectIntegration.integration.id").(string)
	keep(owner.connect(t, other, "222", string(person)))
	keep(owner.do(t, sessions, nil))
	keep(admin.do(t, `{ integrations { edges { node { id platform account credentialKind identity store { id } } } } node(id: "`+id+`") { ... on Integration { identity } } }`, nil))
	keep(admin.do(t, `{ events(first: 50) { edges { node { topic payload } } } }`, nil))
	for _, wrong := range []any{string(person) + "}", map[string]string{"type": string(person)}, []string{string(person)}, strings.Repeat(string(person), 200)} {
		a := keep(owner.connect(t, store, "111", wrong))
		require.NotContains(t, string(a.Data), `"id"`, "%T", wrong)
	}
	keep(owner.connect(t, store, string(person), string(person)))
	// In the document itself, as text and as something that is none.
	literal := string(marshal(t, string(person)))
	for _, credential := range []string{literal, `{text: ` + literal + `}`, `[` + literal + `]`} {
		keep(owner.do(t, `mutation { connectIntegration(input: {storeId: "`+other+`", platform: GA4, account: "222", credential: `+credential+`}) { integration { id } userErrors { code } } }`, nil))
	}
	server.Revoke()
	keep(owner.do(t, `{ `+question("visits", "page_views", "")+` }`, nil))
	server.FailTokens(400) // and repeats what it was sent
	keep(owner.do(t, `{ `+question("visits", "conversions", "")+` }`, nil))
	keep(owner.connect(t, store, "333", string(account)))
	metrics := m.page(t, "/metrics") + m.page(t, "/readyz")
	stop()

	for _, r := range server.Requests() {
		hidden = append(hidden, r.Token)
	}
	require.Greater(t, len(hidden), 5)
	require.Contains(t, answers.String(), "DASHBOARD_CREDENTIAL_REFUSED")
	require.Contains(t, log.String(), "a credential is refused")
	files, err := filepath.Glob(filepath.Join(dir, "moa.db*"))
	require.NoError(t, err)
	places := map[string]string{"answers": answers.String(), "log": log.String(), "metrics": metrics}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		places[file] = string(text)
	}
	found := 0
	for place, text := range places {
		found += strings.Count(text, id)
		for _, secret := range hidden {
			require.NotEmpty(t, secret)
			require.False(t, strings.Contains(text, secret) || strings.Contains(text, strings.Trim(string(marshal(t, secret)), `"`)), "a secret is in the %s", place)
		}
	}
	require.Positive(t, found, "these are the rows")
}

// TestCredentialsOutliveTheirKeys turns the outer key over while questions are answered.
func TestCredentialsOutliveTheirKeys(t *testing.T) {
	t.Parallel()
	server, settings := analytics(t, ga4test.Always(ga4test.Answer{Rows: []ga4test.Row{{Metrics: []string{"1"}}}}))
	dir := t.TempDir()
	settings = append(settings, "MOA_DATA_DIR="+dir)
	with := func(keys ...string) []string {
		return append([]string{"MOA_VAULT_KEY=" + strings.Join(keys, ","), "MOA_LIMIT_VIEWER_RATE=1000000", "MOA_LIMIT_ADDRESS_RATE=1000000"}, settings...)
	}
	before, stop := run(t, slog.New(slog.DiscardHandler), with(vaultKey("a"))...)
	owner := before.as(t, "owner")
	require.Empty(t, owner.connect(t, owner.open(t, "내 가게"), "111", string(server.Person())).Errors)
	stop()

	m, stop := run(t, slog.New(slog.DiscardHandler), with(vaultKey("b"), vaultKey("a"))...)
	owner = m.as(t, "owner")
	stopped, ended := make(chan struct{}), make(chan int)
	go func() { // all the while
		for n := 0; ; n++ {
			select {
			case <-stopped:
				ended <- n
				return
			default:
			}
			// A condition that nothing is left out by: a question of its own, which is computed.
			a := owner.do(t, `{ `+question("visits", "sessions", `, limit: `+string(marshal(t, 1+n%10_000)))+` }`, nil)
			if string(a.Data) == "" || len(a.Errors) > 0 {
				t.Errorf("a question fails: %v", a.Errors)
			}
		}
	}()
	out, err := command(t, "keys rotate -reseal", with(vaultKey("b"), vaultKey("a"))...)
	require.NoError(t, err)
	require.Contains(t, out, "1 credentials of outside platforms are encrypted anew.")
	close(stopped)
	require.Positive(t, <-ended)
	stop()

	m, _ = run(t, slog.New(slog.DiscardHandler), with(vaultKey("b"))...)
	require.Equal(t, []any{1.0}, m.as(t, "owner").must(t, sessions, nil).get(t, "analysis.totals"), "the old key is not needed any more")
}

func TestCredentialsGoWithTheirStores(t *testing.T) {
	t.Parallel()
	server, settings := analytics(t, ga4test.Always(ga4test.Answer{}))
	dir := t.TempDir()
	m := start(t, append(settings, "MOA_DATA_DIR="+dir)...)
	owner := m.as(t, "owner")
	closing, staying := owner.open(t, "닫을 가게"), owner.open(t, "남을 가게")
	for _, store := range []string{closing, staying} {
		require.Empty(t, owner.connect(t, store, "111", string(server.Person())).Errors)
	}
	rows := rowsOf(t, dir)
	left := func() (n int) {
		require.NoError(t, rows.QueryRow(`SELECT count(*) FROM integrations`).Scan(&n))
		return n
	}
	require.Equal(t, 2, left())
	owner.must(t, `mutation { deleteStore(input: {id: "`+closing+`"}) { store { id } userErrors { code } } }`, nil)
	require.Equal(t, 1, left())
	require.Equal(t, "INTEGRATION_STORE_NOT_FOUND", owner.connect(t, closing, "111", string(server.Person())).get(t, "connectIntegration.userErrors.0.code"))
	owner.must(t, `mutation { deleteAccount(input: {password: "`+demo.Password+`"}) { user { id } userErrors { code } } }`, nil)
	require.Zero(t, left())
}
