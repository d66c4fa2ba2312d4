package dataimport

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/visit"
	"github.com/moa-bff/moa/internal/platform/calendar"
)

// visitRow is a line of a file of visits.
type visitRow struct {
	row
	date            calendar.Date
	storeExternalID string
	channel         string
	sessions        int64
	pageViews       int64
	conversions     int64
}

func readVisit(r row) (v visitRow, err error) {
	v.row = r
	var faults [6]error
	v.date, faults[0] = r.date("date")
	v.storeExternalID, faults[1] = r.id("store_external_id")
	v.channel, faults[2] = r.line("channel", 1, 100)
	v.sessions, faults[3] = r.count("sessions")
	v.pageViews, faults[4] = r.count("page_views")
	v.conversions, faults[5] = r.count("conversions")
	return v, errors.Join(faults[:]...)
}

// visitKey is what tells the rows of visits apart.
type visitKey struct {
	day              int
	storeID, channel string
}

// writeVisits creates what is missing and updates what differs.
func writeVisits(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readVisit)
	stores, err := b.storesByExternalID(ctx, collect(parsed, func(v visitRow) string { return v.storeExternalID }))
	if err != nil {
		return err
	}
	existing, err := b.visits(ctx, stores, parsed)
	if err != nil {
		return err
	}
	var creates []*ent.VisitCreate
	for _, v := range parsed {
		store := stores[v.storeExternalID]
		if store == nil {
			b.reject(v.row, "there is no store %s: import the stores first", v.storeExternalID)
			continue
		}
		before := existing[visitKey{v.date.Number(), store.ID, v.channel}]
		if before == nil {
			creates = append(creates, b.tx.Visit.Create().
				SetDay(v.date.Number()).SetMonth(v.date.MonthNumber()).SetStoreID(store.ID).SetChannel(v.channel).
				SetSessions(v.sessions).SetPageViews(v.pageViews).SetConversions(v.conversions))
			continue
		}
		if err := v.update(ctx, b, before); err != nil {
			return err
		}
	}
	if len(creates) > 0 {
		if err := b.tx.Visit.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d rows of visits: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return nil
}

// visits returns what there is for the stores between the first and the last day of the rows.
func (b *batch) visits(ctx context.Context, stores map[string]*ent.Store, parsed []visitRow) (map[visitKey]*ent.Visit, error) {
	from, to := span(parsed, func(v visitRow) calendar.Date { return v.date })
	rows, err := b.tx.Visit.Query().
		Where(visit.StoreIDIn(ids(stores)...), visit.DayGTE(from), visit.DayLTE(to)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the visits of %d stores: %w", len(stores), err)
	}
	found := make(map[visitKey]*ent.Visit, len(rows))
	for _, v := range rows {
		found[visitKey{v.Day, v.StoreID, v.Channel}] = v
	}
	return found, nil
}

func (v visitRow) update(ctx context.Context, b *batch, before *ent.Visit) error {
	if before.Sessions == v.sessions && before.PageViews == v.pageViews && before.Conversions == v.conversions {
		b.unchanged++
		return nil
	}
	err := b.tx.Visit.UpdateOne(before).
		SetSessions(v.sessions).SetPageViews(v.pageViews).SetConversions(v.conversions).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("update the visits of %s: %w", v.date, err)
	}
	b.updated++
	return nil
}
