package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"math"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/test/testkit"
)

// addUser adds a user whose address is mail.
func addUser(ctx context.Context, tx *db.Tx, mail string) error {
	return tx.User.Create().SetName("이웃").SetEmailHash(mail).Exec(ctx)
}

func TestATransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		refused := errors.New("refused")
		announced := 0
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { announced++ })
			require.NoError(t, addUser(ctx, tx, "a"))
			return refused
		})
		require.ErrorIs(t, err, refused)
		require.Panics(t, func() {
			_ = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				require.NoError(t, addUser(ctx, tx, "b"))
				panic("bug")
			})
		})
		ended, end := context.WithCancel(t.Context())
		err = d.InTx(ended, func(ctx context.Context, tx *db.Tx) error {
			require.NoError(t, addUser(ctx, tx, "c"))
			end()
			return ctx.Err()
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, d.Read().User.Query().CountX(t.Context()))
		require.Zero(t, announced)

		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { announced += d.Read().User.Query().CountX(ctx) })
			return addUser(ctx, tx, "a")
		})
		require.Equal(t, 1, announced, "what comes after the commit sees it")
	})
}

func TestTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		person := testkit.Person(t, d, user.RoleUSER)
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
					query := tx.User.Query()
					if d.IsPostgres() {
						query.ForUpdate()
					}
					row, err := query.Only(ctx)
					if err != nil {
						return err
					}
					return tx.User.UpdateOne(row).SetName(row.Name + "!").Exec(ctx)
				})
			})
		}
		group.Wait()
		name := d.Read().User.GetX(t.Context(), person.ID).Name
		require.Equal(t, person.Name+"!!!!!!!!!!!!!!!!!!!!", name)
	})
}

func TestDuplicatesAreKnown(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return addUser(ctx, tx, "a") })
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return addUser(ctx, tx, "a") })
		require.True(t, db.IsDuplicate(err))
		require.False(t, db.IsAway(err))
		require.Equal(t, err, db.Fault(err))
		_, err = d.Read().User.Get(t.Context(), "usr_none")
		require.True(t, ent.IsNotFound(err))
		require.False(t, db.IsDuplicate(err))
	})
}

func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d, err := db.Open(ctx, db.Options{URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=2"})
	require.NoError(t, err, "a server may start before its database")
	defer d.Close() //nolint:errcheck // nothing was opened
	_, err = d.Check(ctx)
	require.True(t, db.IsAway(err), "%v", err)
	require.ErrorIs(t, db.Fault(err), fault.Unavailable)
	require.NoError(t, db.Fault(nil))
	require.ErrorIs(t, db.Fault(fault.Forbidden), fault.Forbidden)
}

// A server that is killed closes its connections while they wait for an answer.
func TestAConnectionThatIsLostWhileItWaitsIsUnavailable(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(testkit.PostgresDatabase(t))
	require.NoError(t, err)
	u.Host = cutting(t, u.Host, "a farewell")
	d, err := db.Open(t.Context(), db.Options{URL: u.String(), MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	for name, err := range map[string]error{
		"a read": d.Read().User.Query().Where(user.Name("a farewell")).Select(user.FieldID).Scan(t.Context(), &[]string{}),
		"a transaction": d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, "SELECT 'a farewell'")
			return err
		}),
	} {
		require.True(t, db.IsAway(err), "%s: %v", name, err)
		require.ErrorIs(t, db.Fault(err), fault.Unavailable, name)
	}
}

// cutting returns an address at which the server can be reached, until somebody sends the text.
func cutting(t *testing.T, server, text string) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			behind, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				defer client.Close()
				_, _ = io.Copy(client, behind)
			}()
			go func() {
				defer client.Close()
				defer behind.Close()
				buffer := make([]byte, 1<<16)
				for {
					n, err := client.Read(buffer)
					if err != nil || bytes.Contains(buffer[:n], []byte(text)) {
						return
					}
					if _, err := behind.Write(buffer[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func TestInstantsAreStoredInOneForm(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		seoul := time.FixedZone("KST", 9*3600)
		at := time.Date(2026, 1, 1, 0, 30, 0, 123_456_789, seoul)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.User.Create().SetName("이웃").SetEmailHash("a").SetCreatedAt(at).Exec(ctx)
		})
		row := d.Read().User.Query().Where(user.CreatedAtLTE(at), user.CreatedAtGT(at.Add(-time.Microsecond))).OnlyX(t.Context())
		require.True(t, row.CreatedAt.Equal(db.Instant(at)), row.CreatedAt)
	})
}

func TestReadsCannotWriteOnTheEmbeddedDatabase(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	err := d.Read().User.Create().SetName("이웃").SetEmailHash("a").Exec(t.Context())
	require.ErrorContains(t, err, "readonly")
}

func TestMigrationsMayRunAgainAndAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		errs := make(chan error, 3)
		for range 3 {
			go func() { errs <- d.Migrate(t.Context()) }()
		}
		for range 3 {
			require.NoError(t, <-errs)
		}
		word, err := d.CheckSchema(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, word)
	})
}

func TestASchemaThatIsBehindIsTold(t *testing.T) {
	t.Parallel()
	d := testkit.Postgres(t)
	_, err := d.Pool().Exec(t.Context(), `DELETE FROM moa_migrations WHERE version_id = (SELECT max(version_id) FROM moa_migrations)`)
	require.NoError(t, err)
	_, err = d.CheckSchema(t.Context())
	require.ErrorIs(t, err, db.ErrSchemaBehind)
}

func TestAnEmbeddedDatabaseSurvivesItsProcess(t *testing.T) {
	t.Parallel()
	opts := db.Options{File: filepath.Join(t.TempDir(), "with space", "moa.db")}
	for want := range 2 {
		d, err := db.Open(t.Context(), opts)
		require.NoError(t, err)
		require.NoError(t, d.Migrate(t.Context()))
		require.Equal(t, want, d.Read().User.Query().CountX(t.Context()))
		mail := "user " + strconv.Itoa(want)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return addUser(ctx, tx, mail) })
		require.NoError(t, d.Close())
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	// Seoul to Busan and half around the earth, by the mean radius.
	require.InDelta(t, 325_113, db.Distance(37.5665, 126.978, 35.1796, 129.0756), 500)
	require.InDelta(t, math.Pi*6_371_008.8, db.Distance(0, 0, 0, 180), 1)
	require.Zero(t, db.Distance(37, 127, 37, 127))
}

func TestCirclesOnTheMap(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		owner := testkit.Person(t, d, user.RoleOWNER)
		places := map[string][2]float64{
			"seoul": {37.5663, 126.9779}, "near": {37.57, 126.98}, "fiji east": {-17, 179.99}, "fiji west": {-17, -179.99},
			"pole": {89.99, 45}, "pole too": {89.99, -135},
		}
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for name, p := range places {
				err := tx.Store.Create().SetOwnerID(owner.ID).SetName(name).SetCategory("a").SetSearchText(name).
					SetLatitude(p[0]).SetLongitude(p[1]).Exec(ctx)
				if err != nil {
					return err
				}
			}
			return nil
		})
		for name, p := range places {
			for _, radius := range []float64{0.5, 500, 1000, 5000, 50_000} {
				var want []string
				for other, q := range places {
					if db.Distance(p[0], p[1], q[0], q[1]) <= radius {
						want = append(want, other)
					}
				}
				circle := db.Circle{Latitude: p[0], Longitude: p[1], Radius: radius}
				got, err := d.Read().Store.Query().Where(circle.Where).Select("name").Strings(t.Context())
				require.NoError(t, err)
				require.ElementsMatch(t, want, got, "%s, %v m", name, radius)
			}
		}
	})
}

func TestARequestThatEndsBeforeItsCommitIsCancelled(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		ctx, end := context.WithCancel(t.Context())
		err := d.InTx(ctx, func(_ context.Context, tx *db.Tx) error {
			require.NoError(t, addUser(ctx, tx, "a"))
			end()
			if tx.SQL() != nil { // whose transaction ends by itself
				require.Eventually(t, func() bool {
					_, err := tx.SQL().ExecContext(context.Background(), "SELECT 1")
					return errors.Is(err, sql.ErrTxDone)
				}, 20*time.Second, time.Millisecond)
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, sql.ErrTxDone)
		require.Zero(t, d.Read().User.Query().CountX(t.Context()))
	})
}

// The queue's statements go to the connection that writes, past [db.DB.InTx].
func TestTheQueueDoesNotWaitBehindACrowd(t *testing.T) {
	t.Parallel()
	const crowd = 200
	d := testkit.SQLite(t)
	var group sync.WaitGroup
	committed := make(chan int, 1)
	testkit.Write(t, d, func(context.Context, *db.Tx) error {
		for i := range crowd {
			group.Go(func() {
				testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error { return addUser(ctx, tx, strconv.Itoa(i)) })
			})
		}
		group.Go(func() {
			var n int
			require.NoError(t, d.Writer().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM users").Scan(&n))
			committed <- n
		})
		require.Eventually(t, func() bool { return d.Writer().Stats().WaitCount > 0 }, 20*time.Second, time.Millisecond)
		return nil
	})
	require.LessOrEqual(t, <-committed, 1)
	group.Wait()
}

func TestNobodyWaitsToWriteLongerThanAsked(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	testkit.Write(t, d, func(context.Context, *db.Tx) error {
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := d.InTx(hurried, func(context.Context, *db.Tx) error { return nil })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return nil
	})
}
