package db_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// addStore adds a store of the name and returns its id.
func addStore(t *testing.T, d *db.DB, owner *ent.User, name string, parts ...string) string {
	t.Helper()
	var id string
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		row, err := tx.Store.Create().SetOwnerID(owner.ID).SetName(name).SetCategory("약국").
			SetSearchText(db.SearchText(append([]string{name}, parts...)...)).Save(ctx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id
}

// find returns the names of the stores that a search finds, sorted.
func find(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	words, err := db.Search(query)
	require.NoError(t, err)
	names, err := d.Read().Store.Query().Where(predicate.Store(words.Where(nil))).Select(store.FieldName).Strings(t.Context())
	require.NoError(t, err)
	slices.Sort(names)
	return names
}

func TestSearchFindsPartsOfWords(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		owner := testkit.Person(t, d, user.RoleOWNER)
		addStore(t, d, owner, "서울약국", "부산광역시 중구 100% 세일_길 7")
		addStore(t, d, owner, "서울 울산 식당", "(학동,(지하))")
		addStore(t, d, owner, "Café MOA", "a'b \"c\" d*e")
		addStore(t, d, owner, "가 나 다라", "A B CD")
		for query, want := range map[string][]string{
			"서울":                             {"서울 울산 식당", "서울약국"},
			"울약":                             {"서울약국"},
			"서울약국":                           {"서울약국"},
			"서울산":                            {}, // letters of two words are no neighbours
			"울 산":                            nil,
			"약국 부산":                          {"서울약국"},
			"부산 약국 서울":                       {"서울약국"},
			"부산 식당":                          {},
			"약 서울 식":                         {"서울 울산 식당", "서울약국"}, // too short for the index: ignored
			"cafe":                           {},
			"CAFÉ":                           {"Café MOA"},
			"Cafe\u0301":                     {"Café MOA"},         // written with a combining accent
			"\u1109\u1165\u110b\u116e\u11af": {"서울 울산 식당", "서울약국"}, // written in single jamo
			"(지하))":                          {"서울 울산 식당"},
			"학동,(":                           {"서울 울산 식당"},
			"100%":                           {"서울약국"},
			"10%":                            {},
			"세일_길":                           {"서울약국"},
			"세_길":                            {},
			"a'b":                            {"Café MOA"},
			`"c"`:                            {"Café MOA"},
			"d*e":                            {"Café MOA"},
			"d*":                             {"Café MOA"},
			"다라 cd":                          {"가 나 다라"},
			"  ":                             {"Café MOA", "가 나 다라", "서울 울산 식당", "서울약국"},
			"":                               {"Café MOA", "가 나 다라", "서울 울산 식당", "서울약국"},
			"서울 OR 부산":                       {},
			"없는말":                            {},
			"서울 서울 서울 서울 서울 서울 서울 서울 서울": {"서울 울산 식당", "서울약국"},
		} {
			if want == nil {
				_, err := db.Search(query)
				require.ErrorIs(t, err, fault.InvalidArgument, query)
				continue
			}
			require.ElementsMatch(t, want, find(t, d, query), query)
		}
	})
}

func TestSearchRefusesWhatCannotBeFound(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"약", " a b ", strings.Repeat("가", 101)} {
		_, err := db.Search(query)
		require.ErrorIs(t, err, fault.InvalidArgument, query)
		require.Equal(t, []string{"search"}, fault.From(err).Field)
	}
	_, err := db.Search(strings.Repeat("가", 100))
	require.NoError(t, err)
}

func TestTheIndexFollowsTheRows(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		owner := testkit.Person(t, d, user.RoleOWNER)
		id := addStore(t, d, owner, "첫이름")
		require.Equal(t, []string{"첫이름"}, find(t, d, "첫이름"))

		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Store.UpdateOneID(id).SetName("새이름").SetSearchText("새이름").Exec(ctx)
		})
		require.Empty(t, find(t, d, "첫이름"))
		require.Equal(t, []string{"새이름"}, find(t, d, "새이름"))

		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Store.UpdateOneID(id).SetDeletedAt(time.Now()).Exec(ctx)
		})
		require.Empty(t, find(t, d, "새이름"), "a deleted row is out of the index")

		gone := addStore(t, d, owner, "사라질것")
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Store.DeleteOneID(gone).Exec(ctx)
		})
		require.Empty(t, find(t, d, "사라질것"))
		require.NoError(t, d.Migrate(t.Context()), "a second start finds nothing to do")
	})
}

func TestCouponsAreSearchedToo(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		owner := testkit.Person(t, d, user.RoleOWNER)
		shop := addStore(t, d, owner, "가게")
		now := time.Now()
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, title := range []string{"아메리카노 반값", "감기약 할인"} {
				err := tx.Coupon.Create().SetStoreID(shop).SetTitle(title).SetSearchText(db.SearchText(title)).
					SetDiscountKind(coupon.DiscountKindAMOUNT).SetDiscountValue(1).SetQuantity(1).
					SetStartsAt(now).SetEndsAt(now).SetExpiresAt(now).Exec(ctx)
				if err != nil {
					return err
				}
			}
			return nil
		})
		words, err := db.Search("기약")
		require.NoError(t, err)
		titles, err := d.Read().Coupon.Query().Where(words.Where(nil)).Select(coupon.FieldTitle).Strings(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"감기약 할인"}, titles)
	})
}

// A schema builder that replaces a table takes the triggers with it, and an older database has none:
// the next start puts the index in order.
func TestTheEmbeddedIndexIsMendedAtStart(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	owner := testkit.Person(t, d, user.RoleOWNER)
	kept := addStore(t, d, owner, "남은가게")
	for _, statement := range []string{
		"DROP TRIGGER stores_search_insert", "DROP TRIGGER stores_search_change",
		"DELETE FROM stores_search", "DELETE FROM stores_search_rows",
	} {
		_, err := d.Writer().ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	addStore(t, d, owner, "새로운가게")
	require.Empty(t, find(t, d, "가게"))

	require.NoError(t, d.Migrate(t.Context()))
	require.Equal(t, []string{"남은가게", "새로운가게"}, find(t, d, "가게"))

	_, err := d.Writer().ExecContext(t.Context(), "VACUUM")
	require.NoError(t, err)
	require.Equal(t, []string{"새로운가게"}, find(t, d, "로운"))
	testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
		return tx.Store.UpdateOneID(kept).SetSearchText("바뀐가게").Exec(ctx)
	})
	require.Equal(t, []string{"남은가게"}, find(t, d, "바뀐"))
}
