package integration_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	entintegration "github.com/moa-bff/moa/ent/integration"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/client/ga4"
	"github.com/moa-bff/moa/internal/client/ga4/ga4test"
	"github.com/moa-bff/moa/internal/integration"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/page"
	"github.com/moa-bff/moa/internal/platform/vault"
	"github.com/moa-bff/moa/test/testkit"
)

const platform = entintegration.PlatformGA4

// bench is what a test of integrations stands on: the service, a GA4, and two owners with a store each.
type bench struct {
	*integration.Service
	t      *testing.T
	db     *db.DB
	vault  *vault.Vault
	google *ga4test.Server
	answer atomic.Pointer[ga4test.Answer]

	admin, owner, other *ent.User
	store, far          *ent.Store
}

func setup(t *testing.T, d *db.DB, tune ...func(*integration.Deps)) *bench {
	t.Helper()
	b := &bench{t: t, db: d}
	b.answer.Store(&ga4test.Answer{})
	b.google = ga4test.Start(t, func(ga4test.Request) ga4test.Answer { return *b.answer.Load() })
	client, err := ga4.New(ga4.Options{URL: b.google.URL, TokenURL: b.google.TokenURL, Attempts: 1})
	require.NoError(t, err)
	keeper, err := vault.NewLocalKeeper(bytes.Repeat([]byte("k"), 32))
	require.NoError(t, err)
	b.vault = vault.New(vault.Options{DB: d, Keepers: []vault.Keeper{keeper}})
	deps := integration.Deps{DB: d, Events: event.NewLog(d, testkit.Bus(t), event.Options{}), Vault: b.vault, GA4: client}
	for _, change := range tune {
		change(&deps)
	}
	b.Service = integration.New(deps)
	b.admin, b.owner, b.other = testkit.Person(t, d, user.RoleADMIN), testkit.Person(t, d, user.RoleOWNER), testkit.Person(t, d, user.RoleOWNER)
	b.store, b.far = b.open(b.owner), b.open(b.other)
	return b
}

func (b *bench) open(owner *ent.User) (made *ent.Store) {
	b.t.Helper()
	testkit.Write(b.t, b.db, func(ctx context.Context, tx *db.Tx) (err error) {
		made, err = tx.Store.Create().SetOwnerID(owner.ID).SetName("가게").SetCategory("카페").SetSearchText("가게").Save(ctx)
		return err
	})
	return made
}

func (b *bench) connect(as *ent.User, store *ent.Store, account string, credential []byte) (*ent.Integration, error) {
	return b.Connect(testkit.As(b.t, as), integration.ConnectInput{
		StoreID: store.ID, Platform: platform, Account: account, Credential: vault.NewSecret(string(credential)),
	})
}

// events returns the topics of what was told, oldest first.
func (b *bench) events() (topics []string) {
	b.t.Helper()
	rows, err := b.db.Read().Event.Query().Order(ent.Asc("id")).All(b.t.Context())
	require.NoError(b.t, err)
	for _, row := range rows {
		topics = append(topics, row.Topic)
	}
	return topics
}

func TestAStoreIsConnectedOnceAndAnew(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		account, person := b.google.Account("store"), b.google.Person()
		first, err := b.connect(b.owner, b.store, " properties/123 ", account)
		require.NoError(t, err)
		require.Equal(t, "123", first.Account)
		require.Equal(t, ga4test.Email, *first.Identity)
		tried := len(b.google.Requests())
		again, err := b.connect(b.owner, b.store, "123", account)
		require.NoError(t, err)
		require.Equal(t, first.Credential, again.Credential, "the same once more changes nothing")
		require.Len(t, b.google.Requests(), tried)

		anew, err := b.connect(b.admin, b.store, "123", person)
		require.NoError(t, err)
		require.Equal(t, first.ID, anew.ID)
		require.Equal(t, entintegration.CredentialKindREFRESH_TOKEN, anew.CredentialKind)
		require.Nil(t, anew.Identity)
		opened, err := b.Open(t.Context(), platform, b.store.ID)
		require.NoError(t, err)
		require.Equal(t, integration.Account{Name: "123", StoreName: "가게", Credential: opened.Credential}, opened)
		require.Equal(t, string(person), opened.Credential.Reveal())

		gone, err := b.Disconnect(testkit.As(t, b.owner), first.ID)
		require.NoError(t, err)
		require.Equal(t, first.ID, gone.ID)
		_, err = b.Disconnect(testkit.As(t, b.owner), first.ID)
		require.ErrorIs(t, err, integration.ErrNotFound)
		_, err = b.Open(t.Context(), platform, b.store.ID)
		require.ErrorIs(t, err, integration.ErrNotFound)
		require.Equal(t, []string{integration.TopicConnected, integration.TopicConnected, integration.TopicDisconnected}, b.events())
	})
}

func TestOwnersConnectAndSeeTheirOwn(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		mine, err := b.connect(b.owner, b.store, "1", b.google.Person())
		require.NoError(t, err)
		theirs, err := b.connect(b.other, b.far, "2", b.google.Person())
		require.NoError(t, err)
		_, err = b.connect(b.owner, b.far, "3", b.google.Person())
		require.ErrorIs(t, err, integration.ErrStoreNotFound)
		for id, err := range map[string]error{mine.ID: nil, theirs.ID: integration.ErrNotFound, "itg_none": integration.ErrNotFound} {
			_, got := b.Get(testkit.As(t, b.owner), id)
			require.ErrorIs(t, got, err)
		}
		_, err = b.Get(t.Context(), mine.ID)
		require.ErrorIs(t, err, integration.ErrNotFound)
		_, err = b.Disconnect(testkit.As(t, b.owner), theirs.ID)
		require.ErrorIs(t, err, integration.ErrNotFound)
		for _, ask := range []func() error{
			func() error { _, err := b.List(t.Context(), page.Args{}, nil); return err },
			func() error { _, err := b.Disconnect(t.Context(), mine.ID); return err },
			func() error { _, err := b.Connect(t.Context(), integration.ConnectInput{}); return err },
		} {
			require.ErrorIs(t, ask(), fault.Unauthenticated)
		}

		ids := func(as *ent.User, filter *integration.Filter) (found []string) {
			list, err := b.List(testkit.As(t, as), page.Args{}, filter)
			require.NoError(t, err)
			for _, row := range list.Nodes() {
				found = append(found, row.ID)
			}
			return found
		}
		at := platform
		require.Equal(t, []string{mine.ID}, ids(b.owner, nil))
		require.Equal(t, []string{theirs.ID, mine.ID}, ids(b.admin, &integration.Filter{Platform: &at}))
		require.Equal(t, []string{mine.ID}, ids(b.admin, &integration.Filter{StoreID: &b.store.ID}))
		require.Empty(t, ids(b.owner, &integration.Filter{StoreID: &b.far.ID}))
		for owner, stores := range map[string][]string{"": {b.store.ID, b.far.ID}, b.owner.ID: {b.store.ID}, b.other.ID: {b.far.ID}, b.admin.ID: {}} {
			found, err := b.Stores(t.Context(), platform, owner)
			require.NoError(t, err)
			require.ElementsMatch(t, stores, found)
		}
		words, err := b.Check(t.Context(), platform)
		require.NoError(t, err)
		require.Equal(t, "stores: 2", words)
	})
}

func TestWhatDoesNotReadTheAccountIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, testkit.SQLite(t))
	_, err := b.connect(b.owner, b.store, "my site", []byte("{}"))
	faults := fault.BusinessOf(err)
	require.Len(t, faults, 2)
	require.ErrorIs(t, faults[0], integration.ErrAccountInvalid)
	require.ErrorIs(t, faults[1], integration.ErrCredentialInvalid)
	long := append(b.google.Person(), bytes.Repeat([]byte(" "), 17<<10)...)
	_, err = b.connect(b.owner, b.store, "1", long)
	require.ErrorIs(t, err, integration.ErrCredentialInvalid)
	stranger := strings.Replace(string(b.google.Person()), "1//", "1//not-", 1)
	_, err = b.connect(b.owner, b.store, "1", []byte(stranger))
	require.ErrorIs(t, err, integration.ErrRefused)

	for status, want := range map[int]error{
		http.StatusForbidden: integration.ErrRefused, http.StatusNotFound: integration.ErrRefused,
		http.StatusServiceUnavailable: fault.Unavailable, http.StatusTooManyRequests: nil,
	} {
		b.answer.Store(&ga4test.Answer{Status: status})
		_, err := b.connect(b.owner, b.store, "1", b.google.Person())
		require.ErrorIs(t, err, want, status)
	}
	require.Equal(t, []string{integration.TopicConnected}, b.events(), "a quota that is used up is one that it has")

	off := setup(t, testkit.SQLite(t), func(d *integration.Deps) { d.GA4 = nil })
	_, err = off.connect(off.owner, off.store, "1", off.google.Person())
	require.ErrorIs(t, err, integration.ErrPlatformOff)
}

func TestACredentialOpensInTheRowOfItsStoreOnly(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		mine, err := b.connect(b.owner, b.store, "1", b.google.Person())
		require.NoError(t, err)
		_, err = b.connect(b.other, b.far, "2", b.google.Person())
		require.NoError(t, err)
		testkit.Write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Integration.Update().Where(entintegration.StoreID(b.far.ID)).SetCredential(mine.Credential).Exec(ctx)
		})
		_, err = b.Open(t.Context(), platform, b.far.ID)
		require.ErrorIs(t, err, vault.ErrForged)
	})
}

func TestCredentialsAreSealedAnewAfterARotation(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		person := b.google.Person()
		before, err := b.connect(b.owner, b.store, "1", person)
		require.NoError(t, err)
		b.vault.Register("credentials", b.Reseal)
		_, err = b.vault.Rotate(t.Context())
		require.NoError(t, err)
		for _, changed := range []int{1, 0} {
			report, err := b.vault.Reseal(t.Context())
			require.NoError(t, err)
			require.Equal(t, []vault.Resealed{{Name: "credentials", Changed: changed}}, report)
		}
		after, err := b.Get(testkit.As(t, b.owner), before.ID)
		require.NoError(t, err)
		require.NotEqual(t, before.Credential, after.Credential)
		opened, err := b.Open(t.Context(), platform, b.store.ID)
		require.NoError(t, err)
		require.Equal(t, string(person), opened.Credential.Reveal())
	})
}

func TestAStoreThatClosesMeanwhileIsNotConnected(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		err := testkit.During(t, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.Store.UpdateOne(b.store).SetDeletedAt(b.store.CreatedAt).Exec(ctx)
		}, func() error {
			_, err := b.connect(b.owner, b.store, "1", b.google.Person())
			return err
		})
		require.ErrorIs(t, err, integration.ErrStoreNotFound)
	})
}
