package dataimport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/orderline"
	"github.com/moa-bff/moa/internal/platform/calendar"
)

// orderRow is a line of a file of orders, which is a line of a receipt.
type orderRow struct {
	row
	orderID            string
	lineNo             int
	orderedAt          time.Time
	storeExternalID    string
	customerExternalID string
	productID          string
	productName        string
	category           string
	quantity           int64
	amount             int64
}

func readOrder(r row) (o orderRow, err error) {
	o.row = r
	var faults [9]error
	o.orderID, faults[0] = r.id("order_id")
	o.lineNo, faults[1] = r.integer("line_no", 0, 1_000_000)
	o.orderedAt, faults[2] = r.history("ordered_at")
	o.storeExternalID, faults[3] = r.id("store_external_id")
	if r.get("customer_external_id") != "" { // a guest at the till has none
		o.customerExternalID, faults[4] = r.id("customer_external_id")
	}
	o.productID, faults[5] = r.id("product_id")
	if o.productName, err = r.line("product_name", 0, 200); o.productName == "" {
		o.productName = o.productID
	}
	o.category, faults[6] = r.line("category", 0, 100)
	o.quantity, faults[7] = r.count("quantity")
	o.amount, faults[8] = r.amount("amount")
	return o, errors.Join(append(faults[:], err)...)
}

// day returns the calendar day of the order.
func (o orderRow) day() calendar.Date { return calendar.DateOf(o.orderedAt) }

// receiptLine is what tells lines apart.
type receiptLine struct {
	orderID string
	lineNo  int
}

// writeOrders creates what is missing and updates what differs. Stores may be deleted since: the lines are
// history.
func writeOrders(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readOrder)
	stores, err := b.storesByExternalID(ctx, collect(parsed, func(o orderRow) string { return o.storeExternalID }))
	if err != nil {
		return err
	}
	customers, err := b.usersByExternalID(ctx, collect(parsed, func(o orderRow) string { return o.customerExternalID }))
	if err != nil {
		return err
	}
	existing, err := b.orderLines(ctx, collect(parsed, func(o orderRow) string { return o.orderID }))
	if err != nil {
		return err
	}
	var creates [][]any
	for _, o := range parsed {
		store, customer := stores[o.storeExternalID], customers[o.customerExternalID]
		switch before := existing[receiptLine{o.orderID, o.lineNo}]; {
		case store == nil:
			b.reject(o.row, "there is no store %s: import the stores first", o.storeExternalID)
		case customer == nil && o.customerExternalID != "":
			b.reject(o.row, "there is no customer %s: import the customers first", o.customerExternalID)
		case before == nil:
			creates = append(creates, o.values(b, store, customer))
		default:
			if err := o.update(ctx, b, before, store, customer); err != nil {
				return err
			}
		}
	}
	if err := b.tx.InsertAll(ctx, orderline.Table, orderColumns(), creates); err != nil {
		return fmt.Errorf("create %d order lines: %w", len(creates), err)
	}
	b.created += len(creates)
	return nil
}

// orderLines returns the lines of the orders.
func (b *batch) orderLines(ctx context.Context, orderIDs []string) (map[receiptLine]*ent.OrderLine, error) {
	rows, err := b.tx.OrderLine.Query().Where(orderline.OrderIDIn(orderIDs...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up the lines of %d orders: %w", len(orderIDs), err)
	}
	found := make(map[receiptLine]*ent.OrderLine, len(rows))
	for _, l := range rows {
		found[receiptLine{l.OrderID, l.LineNo}] = l
	}
	return found, nil
}

// orderColumns are those of a new line, in the order of [orderRow.values].
func orderColumns() []string {
	return []string{
		orderline.FieldOrderID, orderline.FieldLineNo, orderline.FieldOrderedAt, orderline.FieldDay, orderline.FieldMonth,
		orderline.FieldStoreID, orderline.FieldCustomerID, orderline.FieldProductID, orderline.FieldProductName,
		orderline.FieldCategory, orderline.FieldQuantity, orderline.FieldAmount,
	}
}

// values returns what a new line holds.
func (o orderRow) values(b *batch, store *ent.Store, customer *ent.User) []any {
	day := o.day()
	b.months[day.MonthNumber()] = true
	var customerID any // null for a guest
	if customer != nil {
		customerID = customer.ID
	}
	return []any{
		o.orderID, o.lineNo, o.orderedAt, day.Number(), day.MonthNumber(), store.ID, customerID,
		o.productID, o.productName, o.category, o.quantity, o.amount,
	}
}

// update changes a line to what the file says, when that differs.
func (o orderRow) update(ctx context.Context, b *batch, before *ent.OrderLine, store *ent.Store, customer *ent.User) error {
	var customerID *string
	if customer != nil {
		customerID = &customer.ID
	}
	if before.OrderedAt.Equal(o.orderedAt) && before.StoreID == store.ID && equal(before.CustomerID, customerID) &&
		before.ProductID == o.productID && before.ProductName == o.productName && before.Category == o.category &&
		before.Quantity == o.quantity && before.Amount == o.amount {
		b.unchanged++
		return nil
	}
	day := o.day()
	b.months[before.Month], b.months[day.MonthNumber()] = true, true
	update := b.tx.OrderLine.UpdateOne(before).
		SetOrderedAt(o.orderedAt).SetDay(day.Number()).SetMonth(day.MonthNumber()).SetStoreID(store.ID).
		SetProductID(o.productID).SetProductName(o.productName).SetCategory(o.category).
		SetQuantity(o.quantity).SetAmount(o.amount)
	if customerID == nil {
		update.ClearCustomerID()
	} else {
		update.SetCustomerID(*customerID)
	}
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("update line %d of order %s: %w", o.lineNo, o.orderID, err)
	}
	b.updated++
	return nil
}
