package dashboard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/dashboard"
	"github.com/moa-bff/moa/test/testkit"
)

// catalogueOf is a warehouse of so many products, and how many of them were read.
type catalogueOf struct{ products, read int }

func (c *catalogueOf) ask(_ context.Context, _ string, _ []any, row func([]any) error) error {
	for i := range c.products {
		c.read++
		id := strconv.Itoa(i)
		if err := row([]any{id, "product " + id, int64(i)}); err != nil {
			return err
		}
	}
	return nil
}

// TestAQuestionWithTooManyGroupsEndsBeforeTheyAreRead asks a source that has far more than fits.
func TestAQuestionWithTooManyGroupsEndsBeforeTheyAreRead(t *testing.T) {
	t.Parallel()
	source := &catalogueOf{products: 50_000_000}
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) { deps.Warehouse = source.ask })
	for _, method := range []dashboard.Method{dashboard.ABC, dashboard.Breakdown} {
		source.read = 0
		_, err := b.Analyse(testkit.As(t, b.admin), orders(t, method, []string{"quantity"}, []string{"product"}))
		require.ErrorIs(t, err, dashboard.ErrTooManyRows)
		require.LessOrEqual(t, source.read, 100_002)
	}
	source.products = 10_001
	_, err := b.Analyse(testkit.As(t, b.admin), orders(t, dashboard.Breakdown, []string{"quantity"}, []string{"product"}))
	require.ErrorIs(t, err, dashboard.ErrTooManyRows, "without a limit, more rows than an answer may have")
	a := b.ask(b.admin, orders(t, dashboard.ABC, []string{"quantity"}, []string{"product"}))
	require.Len(t, a.Rows, 10_000)
	require.Len(t, b.Warnings(t.Context(), a), 1)
	require.Equal(t, 10_001, a.Classes[0].Items+a.Classes[1].Items+a.Classes[2].Items, "the classes are of all")
}

// parted is a reader of a download: how large its parts are, and what the program keeps meanwhile.
type parted struct {
	*httptest.ResponseRecorder
	part, largest, parts int
	heap                 uint64
}

func (p *parted) Write(text []byte) (int, error) {
	p.part += len(text)
	p.largest = max(p.largest, p.part)
	return len(text), nil
}

func (p *parted) Flush() {
	p.part = 0
	if p.parts++; p.parts == 100 {
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		p.heap = memory.HeapAlloc
	}
}

// TestADownloadIsWrittenInParts downloads as many groups as there may be. It runs alone, because it looks at the
// memory of the process.
func TestADownloadIsWrittenInParts(t *testing.T) { //nolint:paralleltest // see above
	source := &catalogueOf{products: 10}
	b := setup(t, testkit.SQLite(t), func(deps *dashboard.Deps) { deps.Warehouse = source.ask })
	address, err := b.ExportURL(b.ask(b.admin, orders(t, dashboard.Breakdown, []string{"quantity"}, []string{"product"})))
	require.NoError(t, err)
	get := func() *parted {
		w := &parted{ResponseRecorder: httptest.NewRecorder()}
		b.Exports().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
		return w
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	source.products = 100_000
	w := get()
	require.Equal(t, http.StatusOK, w.Code)
	require.Greater(t, w.parts, 190)
	require.LessOrEqual(t, w.largest, 64<<10, "no part is larger")
	require.Less(t, w.heap, before.HeapAlloc+128<<20, "what is kept of 100,000 groups")
	t.Logf("%d parts, at most %d bytes each; %d KiB are kept meanwhile", w.parts, w.largest, (w.heap-before.HeapAlloc)>>10)
	source.products = 100_001
	require.Equal(t, http.StatusUnprocessableEntity, get().Code)
}
