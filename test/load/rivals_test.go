//go:build linux

package load

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/db"
)

// The servers that are compared.
const (
	moaName    = "Moa"
	plainName  = "plain gqlgen"
	floorName  = "floor"
	cachedName = "Moa, from its response cache"
)

// rival is a server that answers the same as others.
type rival struct {
	name    string
	address string
	graphql bool
	process *process
}

// rivals starts the servers: Moa as in production, without and with its response cache; Moa with plain
// gqlgen where it was built, with the garbage collector as Go comes; and the floor.
func (town *town) rivals(t *testing.T) []*rival {
	t.Helper()
	all := []*rival{
		town.serve(t, moaName, moa(t, town.settings, "serve"), "MOA_RESPONSE_CACHE=0"),
		town.serve(t, cachedName, moa(t, town.settings, "serve")),
	}
	if *plain != "" {
		all = append(all, town.serve(t, plainName, command(t, town.settings, *plain, "serve"), "MOA_RESPONSE_CACHE=0", "GOGC=100"))
	}
	floor := itself(t, []string{asFloor + "=" + town.source})
	address := floor.start(t, regexp.MustCompile(`^floor (\S+)`))[1]
	return append(all, &rival{name: floorName, address: address, process: floor})
}

// serve starts a Moa in production.
func (town *town) serve(t *testing.T, name string, server *process, settings ...string) *rival {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	server.cmd.Env = append(append(server.cmd.Env, "MOA_ENV=production", "MOA_ADDR="+address, "MOA_DATABASE_CONNS="+strconv.Itoa(rowConns)), settings...)
	server.startQuiet(t, "http://"+address+"/readyz")
	return &rival{name: name, address: address, graphql: true, process: server}
}

// dial opens connections to it.
func (r *rival) dial(t *testing.T, conns int) *Wires {
	t.Helper()
	wires, err := Dial(t.Context(), r.address, conns)
	require.NoError(t, err)
	return wires
}

// remember tells the floor its constant; others have none.
func (r *rival) remember(t *testing.T, answer []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+r.address+"/constant", bytes.NewReader(answer))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// counted returns what a Moa says of one of its metrics, over all labels.
func (r *rival) counted(t *testing.T, metric string) (sum int) {
	t.Helper()
	status, text := fetch(t.Context(), "http://"+r.address+"/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, match := range regexp.MustCompile(`(?m)^`+metric+`\S* (\S+)$`).FindAllSubmatch(text, -1) {
		n, err := strconv.ParseFloat(string(match[1]), 64)
		require.NoError(t, err)
		sum += int(n)
	}
	return sum
}

// spentBy returns what a server and the stores below it have spent so far.
func (town *town) spentBy(t *testing.T, server *process) spent {
	t.Helper()
	s := town.spent(t)
	s.moa = cpu(server.pid())
	return s
}

// The neighbourhood of the reads. Its ids sort after those of the demo, which is there too, so that it
// is what the newest are.
const (
	citizens    = 1_000
	shops       = 200
	shopCoupons = 10
	holders     = 50 // of each coupon, when figures are asked for
)

// settle adds shops of the first citizens, coupons and claims, the same each time, and returns the ids
// of some of the coupons.
func (town *town) settle(t *testing.T) []string {
	t.Helper()
	opts := db.Options{File: town.source}
	if town.postgres {
		opts = db.Options{URL: town.source}
	}
	d, err := db.Open(t.Context(), opts)
	require.NoError(t, err)
	defer d.Close()
	held := 1
	if *figures {
		held = holders
	}
	day := time.Now().Truncate(24 * time.Hour)
	later := day.AddDate(0, 0, 30)
	execute(t, d, numbers+`INSERT INTO stores (id, created_at, name, category, address, search_text, owner_id)
		SELECT 'sto_7Z00000000000000000' || (1000000 + i), $2, '행복한 동네 가게 ' || i, '식당', '서울시 마포구 모아로 ' || i, '', u.id
		FROM n JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS nth FROM users WHERE name = '부하 시험') u ON u.nth = i`, shops, day)
	execute(t, d, numbers+`INSERT INTO coupons (id, created_at, title, discount_kind, discount_value, quantity, claimed_count, starts_at, ends_at, expires_at, search_text, store_id)
		SELECT 'cpn_7Z00000000000000000' || (1000000 + i), $2, '모든 메뉴 1,000원 할인 ' || i, 'AMOUNT', 1000, 100 + i, $3, $2, $4, $4, '', 'sto_7Z00000000000000000' || (1000000 + 1 + i % $5)
		FROM n`, shops*shopCoupons, day, held, later, shops)
	execute(t, d, `INSERT INTO coupon_claims (id, status, code, claimed_at, expires_at, coupon_id, user_id)
		SELECT 'clm_' || substr(c.id, 5) || u.nth, 'UNUSED', substr(c.id, 5) || u.nth, $1, $2, c.id, u.id
		FROM coupons c JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS nth FROM users WHERE name = '부하 시험') u
		ON (u.nth + CAST(substr(c.id, 24) AS INTEGER)) % $3 < $4 WHERE c.id LIKE 'cpn_7Z%'`, day, later, citizens, held)
	require.Equal(t, []string{strconv.Itoa(shops * shopCoupons * held)}, town.column(t, "SELECT COUNT(*) FROM coupon_claims WHERE id LIKE 'clm_7Z%'"))
	if d.IsPostgres() { // what autovacuum would do in the middle
		_, err := d.Writer().ExecContext(t.Context(), "VACUUM ANALYZE")
		require.NoError(t, err)
	}
	return town.column(t, "SELECT id FROM coupons WHERE id LIKE 'cpn_7Z%' ORDER BY id LIMIT 500")
}

// column returns the one column of a query.
func (town *town) column(t *testing.T, query string) []string {
	t.Helper()
	rows, err := town.rows.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		require.NoError(t, rows.Scan(&one))
		all = append(all, one)
	}
	require.NoError(t, rows.Err())
	return all
}
