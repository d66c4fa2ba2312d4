package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/orderline"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/internal/platform/db"
)

// orderDays is for how many days, up to today, the stores have sold something.
const orderDays = 28

// parts is how many parts of a won an amount is kept in.
const parts = 10_000

// product is what a demo store sells: one of each weight lines is of it.
type product struct {
	name     string
	category string
	price    int64
	weight   int
}

// products returns what each store sells, the best seller first.
func products() map[string][]product {
	return map[string][]product{
		"느린하루 커피": {
			{"아메리카노", "커피", 4500, 9},
			{"카페 라테", "커피", 5000, 6},
			{"핸드 드립", "커피", 6500, 3},
			{"당근 케이크", "디저트", 6800, 3},
			{"유자차", "차", 5500, 1},
			{"원두 200 g", "원두", 16000, 1},
		},
		"달밤 책방":  {{"소설", "문학", 15000, 5}, {"시집", "문학", 12000, 4}, {"그림책", "어린이", 14000, 3}, {"엽서", "문구", 1500, 6}, {"낭독회 입장권", "행사", 10000, 2}},
		"오븐 앞에서": {{"소금빵", "빵", 3000, 9}, {"우리 밀 식빵", "빵", 4800, 6}, {"바게트", "빵", 4500, 3}, {"쑥 카스텔라", "과자", 7500, 2}, {"딸기잼", "곁들임", 9000, 1}},
		"모아 분식":  {{"떡볶이", "떡볶이", 4500, 9}, {"어묵", "곁들임", 1500, 7}, {"모둠 튀김", "튀김", 5000, 4}, {"김밥", "김밥", 4000, 4}, {"라면", "면", 4500, 2}},
		"이슬 꽃집":  {{"계절 꽃다발", "꽃다발", 30000, 4}, {"장미 한 송이", "꽃", 4000, 5}, {"작은 화분", "화분", 12000, 3}, {"말린 꽃", "꽃다발", 18000, 1}},
		"강바람 자전거": {
			{"한 시간 대여", "대여", 5000, 7}, {"펑크 수리", "수리", 8000, 4}, {"기본 점검", "수리", 15000, 2}, {"자물쇠", "용품", 18000, 1},
		},
	}
}

// fillOrders sells what a store has, day by day until now: a little more at weekends, and the same each time.
func fillOrders(ctx context.Context, tx *db.Tx, s *ent.Store, customers []*ent.User, now time.Time) error {
	sold := products()[s.Name]
	if len(sold) == 0 {
		return nil
	}
	seed := len(s.Name) + len(sold)
	var rows [][]any
	months := map[int]bool{}
	today := calendar.DateOf(now)
	for day := today.Add(1 - orderDays); !today.Before(day); day = day.Add(1) {
		orders := 2 + (day.Number()*5+seed)%3
		if (day.Number()+daysBefore1970)%7 >= 5 {
			orders += 2
		}
		for n := range orders {
			at := day.Start().Add(10*time.Hour + time.Duration(n)*97*time.Minute)
			if at.After(now) {
				break
			}
			months[day.MonthNumber()] = true
			for line := range 1 + (day.Number()+n)%3 {
				turn := day.Number()*31 + n*17 + line*7 + seed
				p := pick(sold, turn)
				quantity := int64(1 + turn%5/4)
				rows = append(rows, []any{
					fmt.Sprintf("%s-%s-%d", s.ID, day, n), line + 1, at, day.Number(), day.MonthNumber(),
					s.ID, customers[turn%len(customers)].ID, p.name, p.name, p.category, quantity, quantity * p.price * parts,
				})
			}
		}
	}
	err := tx.InsertAll(ctx, orderline.Table, []string{
		orderline.FieldOrderID, orderline.FieldLineNo, orderline.FieldOrderedAt, orderline.FieldDay, orderline.FieldMonth,
		orderline.FieldStoreID, orderline.FieldCustomerID, orderline.FieldProductID, orderline.FieldProductName,
		orderline.FieldCategory, orderline.FieldQuantity, orderline.FieldAmount,
	}, rows)
	if err != nil {
		return fmt.Errorf("add %d order lines: %w", len(rows), err)
	}
	return countOrders(ctx, tx, slices.Sorted(maps.Keys(months)))
}

// daysBefore1970 is how many days of its week lie before 1970-01-01, so that day 5 and day 6 are a weekend.
const daysBefore1970 = 3

// pick returns a product, each as often as its weight.
func pick(all []product, turn int) product {
	sum := 0
	for _, p := range all {
		sum += p.weight
	}
	turn = turn * 13 % sum
	for _, p := range all {
		if turn < p.weight {
			return p
		}
		turn -= p.weight
	}
	return all[0]
}

// countOrders tells whoever keeps answers or sums of orders that those of the months have changed.
func countOrders(ctx context.Context, tx *db.Tx, months []int) error {
	err := tx.DataVersion.Create().SetKind("orders").OnConflictColumns("kind").
		Update(func(u *ent.DataVersionUpsert) { u.AddVersion(1) }).Exec(ctx)
	if err != nil {
		return fmt.Errorf("count a change of orders: %w", err)
	}
	for _, month := range months {
		for grain, bucket := range map[string]int{"M": month, "Y": month / 12} {
			err := tx.OrderBucket.Create().SetGrain(grain).SetBucket(bucket).OnConflictColumns("grain", "bucket").
				Update(func(u *ent.OrderBucketUpsert) { u.AddVersion(1) }).Exec(ctx)
			if err != nil {
				return fmt.Errorf("count a change of month %d: %w", month, err)
			}
		}
	}
	return nil
}
