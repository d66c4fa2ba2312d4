package dashboard

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/moa-bff/moa/internal/platform/calendar"
)

// Analytics asks the properties of stores in Google Analytics 4.
type Analytics struct {
	// Stores returns the ids of the stores that have a property, of an owner or of all for an empty id.
	Stores func(ctx context.Context, ownerID string) ([]string, error)
	// Run sends a report to the property of a store and calls row with the texts of each row, which are valid during
	// the call only. Several run at once.
	Run func(ctx context.Context, storeID string, r Report, row func(dimensions, metrics []string) error) (Quality, error)
}

// Quality is what analytics say of the rows of a report
// (https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData).
type Quality struct {
	// Sampled says that the numbers are estimates from a part of the events.
	Sampled bool
	// Thresholded says that rows were held back so that nobody can be recognised.
	Thresholded bool
	// RolledUp says that rows were put together as others.
	RolledUp bool
}

// tell leaves a warning for each thing that is not as it should be.
func (q Quality) tell(to *remarks) {
	for key, is := range map[string]bool{"sampled": q.Sampled, "thresholded": q.Thresholded, "rolled_up": q.RolledUp} {
		if is {
			to.add("dashboard.warning." + key)
		}
	}
}

// atOnce is how many properties a question asks at the same time.
const atOnce = 8

// ga4Data is the data layer of Google Analytics 4: one report a store.
type ga4Data struct{ analytics Analytics }

// read implements [dataLayer]. Without the dimension of stores, groups of several come more than once, and
// are added up here: everything that analytics are asked for adds up. An answer is of all stores or of none:
// one that left some out would be taken for the whole.
func (d ga4Data) read(ctx context.Context, r request, each func(group) error) error {
	stores, err := d.stores(ctx, r.plan)
	if err != nil {
		return err
	}
	sum := ga4Sum{plan: r.plan, groups: map[string]*group{}}
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(atOnce)
	for _, store := range stores {
		asking.Go(func() (err error) {
			defer func() { // nobody above this goroutine would hear of a panic but the operating system
				if p := recover(); p != nil {
					err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				}
			}()
			quality, err := d.analytics.Run(ctx, store, *r.report, func(dimensions, metrics []string) error {
				return sum.add(store, dimensions, metrics)
			})
			quality.tell(r.plan.remarks)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return fmt.Errorf("ask analytics for %s: %w", r.plan.kind.Name, err)
	}
	for _, id := range slices.Sorted(maps.Keys(sum.groups)) {
		if err := each(*sum.groups[id]); err != nil {
			return err
		}
	}
	return nil
}

// ga4Sum are the groups of several properties.
type ga4Sum struct {
	plan   *plan
	mu     sync.Mutex
	groups map[string]*group
}

// add adds a row of the property of a store.
func (s *ga4Sum) add(store string, dimensions, metrics []string) error {
	g, err := reported(s.plan, store, dimensions, metrics)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := g.identity()
	if known := s.groups[id]; known != nil {
		for i, n := range g.nums {
			known.nums[i] = known.nums[i].plus(n)
		}
		return nil
	}
	if len(s.groups) > MaxGroups {
		return ErrTooManyRows.With(len(s.groups), MaxGroups).At("dimensions")
	}
	s.groups[id] = &g
	return nil
}

// stores returns whose properties are asked: those of the scope that hold the conditions on stores.
func (d ga4Data) stores(ctx context.Context, p *plan) ([]string, error) {
	stores, err := d.analytics.Stores(ctx, p.scope.owner)
	if err != nil {
		return nil, fmt.Errorf("look up the properties of stores: %w", err)
	}
	return slices.DeleteFunc(stores, func(id string) bool {
		if p.scope.store != "" && id != p.scope.store {
			return true
		}
		return slices.ContainsFunc(p.where, func(c condition) bool {
			out := c.operator == NotEqual || c.operator == NotIn
			return c.Type == TypeStore && slices.Contains(c.values, id) == out
		})
	}), nil
}

// reported reads a row of a report.
func reported(p *plan, store string, dimensions, metrics []string) (group, error) {
	g := group{keys: make([]string, len(p.dimensions)), labels: make([]string, len(p.dimensions)), nums: make([]number, len(p.components))}
	for i, d := range p.dimensions {
		if d.Type == TypeStore {
			g.keys[i] = store
			continue
		}
		if len(dimensions) == 0 {
			return g, fmt.Errorf("a row has no %s", d.Name)
		}
		text := dimensions[0]
		dimensions = dimensions[1:]
		if d.Type != TypeTime {
			g.keys[i] = text
			continue
		}
		var err error
		if g.bucket, err = reportedBucket(p.grain, text); err != nil {
			return g, err
		}
	}
	if len(metrics) != len(p.components) {
		return g, fmt.Errorf("a row has %d metrics, not %d", len(metrics), len(p.components))
	}
	for i, c := range p.components {
		n, ok := partsOf(metrics[i], c.parts)
		if !ok {
			return g, fmt.Errorf("%q is no whole %s", metrics[i], c.name)
		}
		g.nums[i] = number{n, true}
	}
	return g, nil
}

// reportedBucket reads 20260131, 202605 (a week) or 202601 (a month).
func reportedBucket(grain Granularity, text string) (int, error) {
	if grain == Day {
		day, err := time.ParseInLocation("20060102", text, calendar.Seoul)
		return calendar.DateOf(day).Number(), err
	}
	n, err := strconv.Atoi(text)
	if err != nil || len(text) != len("202601") {
		return 0, fmt.Errorf("%q is no bucket of time", text)
	}
	year, part := n/100, n%100
	if grain == Month {
		return year*12 + part - 1, nil
	}
	fourth := calendar.MonthNumbered(year * 12).Add(3) // 4 January is in week 1 (ISO 8601)
	return fourth.WeekNumber() + part - 1, nil
}
