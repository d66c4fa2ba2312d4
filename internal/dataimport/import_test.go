package dataimport_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/couponclaim"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/dataimport"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/test/testkit"
)

// file writes text to a file of the test and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// run imports a file, which must work.
func run(t *testing.T, d *db.DB, kind, path string) dataimport.Report {
	t.Helper()
	report, err := dataimport.Run(t.Context(), d, kind, path, dataimport.Options{})
	require.NoError(t, err)
	require.Equal(t, report.Read, report.Created+report.Updated+report.Unchanged+report.Rejected)
	return report
}

// counts are the numbers of a report: created, updated, unchanged, rejected.
func counts(r dataimport.Report) [4]int {
	return [4]int{r.Created, r.Updated, r.Unchanged, r.Rejected}
}

// reasons returns the last column of the rejects, by the first one.
func reasons(t *testing.T, path string) map[string]string {
	t.Helper()
	in, err := os.Open(path) //nolint:gosec // a file of the test
	require.NoError(t, err)
	defer in.Close() //nolint:errcheck // it was only read
	rows, err := csv.NewReader(in).ReadAll()
	require.NoError(t, err)
	found := map[string]string{}
	for _, r := range rows {
		found[r[0]] = r[len(r)-1]
	}
	return found
}

func storeOf(t *testing.T, d *db.DB, externalID string) *ent.Store {
	t.Helper()
	row, err := d.Read().Store.Query().Where(store.ExternalID(externalID)).WithOwner().Only(t.Context())
	require.NoError(t, err)
	return row
}

func TestStores(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		text, err := os.ReadFile("testdata/stores.csv")
		require.NoError(t, err)
		path := file(t, "stores.csv", string(text))
		report := run(t, d, "stores", path)
		require.Equal(t, [4]int{4, 0, 1, 6}, counts(report))
		require.Equal(t, path+".rejected.csv", report.RejectsFile)

		first := storeOf(t, d, "s-1")
		require.Equal(t, "모아 약국", first.Name)
		require.InDelta(t, 37.57, *first.Latitude, 0)
		require.Equal(t, user.RoleOWNER, first.Edges.Owner.Role)
		require.Equal(t, "owner@moa.example", *first.Edges.Owner.Email)
		require.Nil(t, first.Edges.Owner.PasswordHash)
		second := storeOf(t, d, "s-2")
		require.Equal(t, "모아 약국 (2)", second.Name, "names of an owner are unique, and no row is lost")
		require.Nil(t, second.Latitude, "a placeholder is no place")
		require.Equal(t, first.OwnerID, second.OwnerID)
		third := storeOf(t, d, "s-3")
		require.Equal(t, "모아, 약국", third.Name)
		require.Nil(t, third.Latitude, "half a place is none")
		require.Nil(t, third.Address)

		why := reasons(t, report.RejectsFile)
		require.Equal(t, "reason", why["external_id"])
		require.Contains(t, why["s-4"], "name has 0 letters")
		require.Contains(t, why["s-5"], "latitude")
		require.Contains(t, why["s-6"], "owner_email")
		require.Contains(t, why["s-7"], "3 fields")
		require.Contains(t, why[""], "external_id")
		require.Contains(t, why["s-8"], "line")

		require.Equal(t, [4]int{0, 0, 5, 6}, counts(run(t, d, "stores", path)), "importing again changes nothing")
		require.Equal(t, second.Name, storeOf(t, d, "s-2").Name)
	})
}

func TestANewerFileChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const header = "owner_email,external_id,name,category,address,latitude,longitude\n"
		run(t, d, "stores", file(t, "a.csv", header+"o@moa.example,s-1,첫집,식당,서울,37,127\no@moa.example,s-2,둘째집,식당,,,\n"))
		path := file(t, "b.csv", "\ufeff"+header+"o@moa.example,s-1,새집,약국,부산,35,129\no@moa.example,s-2,새집,식당,,,\nx@moa.example,s-2,새집,식당,,,\n")
		report := run(t, d, "stores", path)
		require.Equal(t, [4]int{0, 2, 0, 1}, counts(report), reasons(t, report.RejectsFile))
		require.Equal(t, "새집", storeOf(t, d, "s-1").Name)
		require.Equal(t, "부산", *storeOf(t, d, "s-1").Address)
		require.Equal(t, "새집 (2)", storeOf(t, d, "s-2").Name)
		words, err := db.Search("부산")
		require.NoError(t, err)
		require.Equal(t, 1, d.Read().Store.Query().Where(words.Where(nil)).CountX(t.Context()))
		require.Equal(t, [4]int{0, 0, 2, 1}, counts(run(t, d, "stores", path)))
	})
}

func TestCustomersCouponsAndClaims(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d, "stores", file(t, "s.csv", "external_id,name,category,address,latitude,longitude,owner_email\ns-1,집,식당,,,,o@moa.example\n"))
		customers := file(t, "u.csv", "external_id,email,name\nu-1,a@moa.example,가\nu-2,b@moa.example,나\nu-3,A@moa.example,다\nu-4,o@moa.example,라\nu-5,c@moa.example,마\n")
		require.Equal(t, [4]int{3, 0, 0, 2}, counts(run(t, d, "customers", customers)))
		require.Equal(t, [4]int{0, 0, 3, 2}, counts(run(t, d, "customers", customers)))

		const head = "external_id,store_external_id,title,kind,value,quantity,starts_at,ends_at,expires_at\n"
		const times = ",2017-01-01T00:00:00+09:00,2017-02-01T00:00:00+09:00,2017-03-01T00:00:00+09:00\n"
		coupons := file(t, "c.csv", head+"c-1,s-1,반값,PERCENT,50,2"+times+"c-2,s-1,공짜,PERCENT,101,2"+times+
			"c-3,s-9,없는 집,AMOUNT,1,1"+times+"c-4,s-1,거꾸로,AMOUNT,1,1,2017-02-01T00:00:00Z,2017-01-01T00:00:00Z,2017-03-01T00:00:00Z\n")
		require.Equal(t, [4]int{1, 0, 0, 3}, counts(run(t, d, "coupons", coupons)))
		require.Equal(t, [4]int{0, 0, 1, 3}, counts(run(t, d, "coupons", coupons)))

		const claimHead = "coupon_external_id,customer_external_id,claimed_at,redeemed_at\n"
		claims := file(t, "k.csv", claimHead+
			"c-1,u-1,2017-01-02T23:30:00Z,2017-01-05T00:00:00Z\n"+
			"c-1,u-2,2017-01-03T00:00:00Z,\n"+
			"c-1,u-5,2017-01-03T00:00:00Z,\n"+ // one too many
			"c-1,u-9,2017-01-03T00:00:00Z,\n"+
			"c-9,u-1,2017-01-03T00:00:00Z,\n"+
			"c-1,u-5,2017-01-03T00:00:00Z,2017-01-02T00:00:00Z\n")
		report := run(t, d, "claims", claims)
		require.Equal(t, [4]int{2, 0, 0, 4}, counts(report))
		var days []string
		for _, day := range report.Days {
			days = append(days, day.String())
		}
		require.Equal(t, []string{"2017-01-03", "2017-01-05"}, days, "days are those of Seoul")
		require.Contains(t, reasons(t, report.RejectsFile), "c-9")
		again := run(t, d, "claims", claims)
		require.Equal(t, [4]int{0, 0, 2, 4}, counts(again))
		require.Empty(t, again.Days)

		later := file(t, "k2.csv", claimHead+"c-1,u-2,2017-01-03T00:00:00Z,2017-01-09T00:00:00Z\n")
		require.Equal(t, [4]int{0, 1, 0, 0}, counts(run(t, d, "claims", later)))
		require.Equal(t, 2, d.Read().CouponClaim.Query().Where(couponclaim.StatusEQ(couponclaim.StatusUSED)).CountX(t.Context()))
		require.Equal(t, 2, d.Read().Coupon.Query().OnlyX(t.Context()).ClaimedCount)

		smaller := file(t, "c2.csv", head+"c-1,s-1,반값,PERCENT,50,1"+times)
		require.Equal(t, [4]int{0, 0, 0, 1}, counts(run(t, d, "coupons", smaller)), "never fewer than are claimed")
	})
}

func TestAnInterruptedImportIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		var text strings.Builder
		text.WriteString("external_id,name,category,address,latitude,longitude,owner_email\n")
		for i := range 500 {
			text.WriteString("s-" + strconv.Itoa(i) + ",가게 " + strconv.Itoa(i%100) + ",식당,,,,o" + strconv.Itoa(i%3) + "@moa.example\n")
		}
		path := file(t, "many.csv", text.String())
		ctx, cancel := context.WithCancel(t.Context())
		// The bar is drawn after each batch: the third drawing ends the import.
		report, err := dataimport.Run(ctx, d, "stores", path, dataimport.Options{BatchSize: 50, Progress: &ender{left: 3, end: cancel}})
		require.ErrorIs(t, err, context.Canceled)
		require.Positive(t, report.Created)
		require.Less(t, report.Created, 500)
		require.Equal(t, report.Created, d.Read().Store.Query().CountX(t.Context()))

		rest := run(t, d, "stores", path)
		require.Equal(t, [4]int{500 - report.Created, 0, report.Created, 0}, counts(rest))
		require.Equal(t, [4]int{0, 0, 500, 0}, counts(run(t, d, "stores", path)))
	})
}

// ender is a terminal that calls end at the left-th drawing.
type ender struct {
	left int
	end  func()
}

func (e *ender) Write(p []byte) (int, error) {
	if e.left--; e.left == 0 {
		e.end()
	}
	return len(p), nil
}

func TestFilesThatCannotBeImported(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	for name, c := range map[string]struct{ kind, text, want string }{
		"unknown kind":    {"cats", "a\n", `there is no kind "cats": choose one of stores, customers, coupons, claims`},
		"empty":           {"customers", "", "the file is empty"},
		"missing columns": {"customers", "name,mail\nx,y\n", "the columns external_id, email are missing: the header has name, mail"},
	} {
		_, err := dataimport.Run(t.Context(), d, c.kind, file(t, "x.csv", c.text), dataimport.Options{})
		require.ErrorContains(t, err, c.want, name)
	}
	_, err := dataimport.Run(t.Context(), d, "stores", filepath.Join(t.TempDir(), "none.csv"), dataimport.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestProgressIsShown(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("external_id,email,name\nu-1,a@moa.example,가\n"))
	require.NoError(t, w.Close())
	var screen bytes.Buffer
	report, err := dataimport.Run(t.Context(), d, "customers", file(t, "u.csv.gz", packed.String()), dataimport.Options{Progress: &screen})
	require.NoError(t, err)
	require.Equal(t, 1, report.Created)
	require.Empty(t, report.RejectsFile)
	require.Contains(t, screen.String(), "customers: 1 rows")
	require.Contains(t, screen.String(), "100%")
}

func TestRejectsOfAnEarlierRunAreNotLeft(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	path := file(t, "u.csv", "external_id,email,name\nu-1,nobody,가\n")
	rejects := run(t, d, "customers", path).RejectsFile
	require.FileExists(t, rejects)
	require.NoError(t, os.WriteFile(path, []byte("external_id,email,name\nu-1,a@moa.example,가\n"), 0o600))
	require.Empty(t, run(t, d, "customers", path).RejectsFile)
	require.NoFileExists(t, rejects)
}
