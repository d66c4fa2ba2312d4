package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/event"
	"github.com/moa-bff/moa/internal/platform/page"
	stores "github.com/moa-bff/moa/internal/store"
	"github.com/moa-bff/moa/test/testkit"
)

// bench is what a test of stores stands on: the service, an owner and a neighbour.
type bench struct {
	*stores.Service

	owner, user context.Context
	ownerID     string
	userID      string
}

func setup(t *testing.T, d *db.DB) *bench {
	t.Helper()
	owner, neighbour := testkit.Person(t, d, user.RoleOWNER), testkit.Person(t, d, user.RoleUSER)
	return &bench{
		Service: stores.New(stores.Deps{DB: d, Events: event.NewLog(d, testkit.Bus(t), event.Options{})}),
		owner:   testkit.As(t, owner), ownerID: owner.ID,
		user: testkit.As(t, neighbour), userID: neighbour.ID,
	}
}

// add creates a store of the owner.
func (b *bench) add(t *testing.T, name string, place *stores.Location) *ent.Store {
	t.Helper()
	row, err := b.Create(b.owner, stores.CreateInput{Name: name, Category: "식당", Location: place})
	require.NoError(t, err)
	return row
}

// names returns the names of all stores of a list, walking through its pages two by two.
func (b *bench) names(t *testing.T, filter *stores.Filter, order *stores.Order) (names []string) {
	t.Helper()
	size := 2
	args := page.Args{First: &size}
	for {
		list, err := b.List(t.Context(), args, filter, order)
		require.NoError(t, err)
		for _, s := range list.Nodes() {
			names = append(names, s.Name)
		}
		if !list.PageInfo.HasNextPage {
			return names
		}
		args.After = list.PageInfo.EndCursor
	}
}

// topics returns the topics of the events about a store, newest first.
func (b *bench) topics(t *testing.T, id string) (topics []string) {
	t.Helper()
	list, err := b.Events.List(t.Context(), page.Args{}, &event.Filter{Subject: &id})
	require.NoError(t, err)
	for _, e := range list.Nodes() {
		require.JSONEq(t, `{"storeId":"`+id+`"}`, string(e.Payload))
		topics = append(topics, e.Topic)
	}
	return topics
}

func ptr[T any](v T) *T { return &v }
