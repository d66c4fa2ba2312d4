package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/test/testkit"
)

func TestADownloadIsForWhoeverHasItsAddressAndForAWhile(t *testing.T) {
	t.Parallel()
	ahead := time.Duration(0)
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) { deps.Now = func() time.Time { return time.Now().Add(ahead) } })
	b.sell(
		line{day: "2026-01-01", category: "=1+1", amount: 1234567.89},
		line{day: "2026-01-01", category: `"쉼표", 따옴표`, amount: 1},
		line{day: "2026-01-01", category: "theirs", amount: 9, store: b.far},
	)
	q := orders(t, dashboard.Breakdown, []string{"revenue"}, []string{"category"})
	q.CompareTo = ptr(dashboard.PreviousYear)
	address, err := b.ExportURL(b.ask(b.owner, q))
	require.NoError(t, err)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		b.Exports().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	w := get(address)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "\ufeffcategory,category_label,revenue,revenue_previous,share,cumulative_share,class,quadrant\n"+
		"'=1+1,'=1+1,1234567.89,0,0.9999991900006487,,,\n"+
		"\"\"\"쉼표\"\", 따옴표\",\"\"\"쉼표\"\", 따옴표\",1,0,0.0000008099993512715195,,,\n", w.Body.String())
	for _, wrong := range []string{"/export/", "/export/x.y", address + "x", strings.Replace(address, ".", "A.", 1)} {
		require.Equal(t, http.StatusForbidden, get(wrong).Code, wrong)
	}
	ahead = 15 * time.Minute
	w = get(address)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Equal(t, "This address has ended or is not whole. Ask the question again for a new one.\n", w.Body.String())
}
