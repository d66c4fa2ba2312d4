package dataimport

import (
	"context"
	"errors"
	"fmt"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/adspend"
	"github.com/moa-bff/moa/internal/platform/calendar"
)

// adRow is a line of a file of advertising.
type adRow struct {
	row
	date            calendar.Date
	storeExternalID string
	channel         string
	campaign        string
	spend           int64
	impressions     *int64
	clicks          *int64
}

func readAd(r row) (a adRow, err error) {
	a.row = r
	var faults [7]error
	a.date, faults[0] = r.date("date")
	a.storeExternalID, faults[1] = r.id("store_external_id")
	a.channel, faults[2] = r.line("channel", 1, 100)
	a.campaign, faults[3] = r.line("campaign", 0, 100)
	a.spend, faults[4] = r.amount("spend")
	a.impressions, faults[5] = r.optionalCount("impressions")
	a.clicks, faults[6] = r.optionalCount("clicks")
	return a, errors.Join(faults[:]...)
}

// adKey is what tells the rows of advertising apart.
type adKey struct {
	day                        int
	storeID, channel, campaign string
}

// writeAds creates what is missing and updates what differs.
func writeAds(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readAd)
	stores, err := b.storesByExternalID(ctx, collect(parsed, func(a adRow) string { return a.storeExternalID }))
	if err != nil {
		return err
	}
	existing, err := b.adSpends(ctx, stores, parsed)
	if err != nil {
		return err
	}
	var creates []*ent.AdSpendCreate
	for _, a := range parsed {
		store := stores[a.storeExternalID]
		if store == nil {
			b.reject(a.row, "there is no store %s: import the stores first", a.storeExternalID)
			continue
		}
		before := existing[adKey{a.date.Number(), store.ID, a.channel, a.campaign}]
		if before == nil {
			creates = append(creates, b.tx.AdSpend.Create().
				SetDay(a.date.Number()).SetMonth(a.date.MonthNumber()).SetStoreID(store.ID).
				SetChannel(a.channel).SetCampaign(a.campaign).SetSpend(a.spend).
				SetNillableImpressions(a.impressions).SetNillableClicks(a.clicks))
			continue
		}
		if err := a.update(ctx, b, before); err != nil {
			return err
		}
	}
	if len(creates) > 0 {
		if err := b.tx.AdSpend.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d rows of advertising: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return nil
}

// adSpends returns what there is for the stores between the first and the last day of the rows.
func (b *batch) adSpends(ctx context.Context, stores map[string]*ent.Store, parsed []adRow) (map[adKey]*ent.AdSpend, error) {
	from, to := span(parsed, func(a adRow) calendar.Date { return a.date })
	rows, err := b.tx.AdSpend.Query().
		Where(adspend.StoreIDIn(ids(stores)...), adspend.DayGTE(from), adspend.DayLTE(to)).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the advertising of %d stores: %w", len(stores), err)
	}
	found := make(map[adKey]*ent.AdSpend, len(rows))
	for _, a := range rows {
		found[adKey{a.Day, a.StoreID, a.Channel, a.Campaign}] = a
	}
	return found, nil
}

func (a adRow) update(ctx context.Context, b *batch, before *ent.AdSpend) error {
	if before.Spend == a.spend && equal(before.Impressions, a.impressions) && equal(before.Clicks, a.clicks) {
		b.unchanged++
		return nil
	}
	update := b.tx.AdSpend.UpdateOne(before).SetSpend(a.spend)
	if a.impressions == nil {
		update.ClearImpressions()
	} else {
		update.SetImpressions(*a.impressions)
	}
	if a.clicks == nil {
		update.ClearClicks()
	} else {
		update.SetClicks(*a.clicks)
	}
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("update the advertising of %s: %w", a.date, err)
	}
	b.updated++
	return nil
}
