package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	"github.com/moa-bff/moa/internal/platform/columns"
	"github.com/moa-bff/moa/internal/platform/reads"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// shown are the columns that answers are made of: nothing that proves who somebody is leaves its room.
var shown = slices.DeleteFunc(slices.Clone(user.Columns), func(column string) bool {
	return column == user.FieldPasswordHash || column == user.FieldEmailHash || column == user.FieldExternalID
})

// Viewer returns who is asking, and nil without an error for a guest. A viewer whose account is gone
// is [fault.Unauthenticated].
func (s *Service) Viewer(ctx context.Context) (*ent.User, error) {
	v := viewer.From(ctx)
	if v.IsGuest() {
		return nil, nil //nolint:nilnil // a guest is nobody, and that is no error
	}
	return present(ctx, s.db.Read(), v.ID)
}

// ByIDs returns the users of these ids, by id, in one query; unknown ids are left out. Deleted users
// are there too, under a neutral name.
func (s *Service) ByIDs(ctx context.Context, ids []string) (map[string]*ent.User, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isStorable(id) })
	reads.Note(ctx, ids...)
	query := s.db.Read().User.Query().Where(user.IDIn(ids...))
	query.Select(columns.Of(ctx, user.Table, shown, user.FieldID)...)
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d users: %w", len(ids), err)
	}
	users := make(map[string]*ent.User, len(rows))
	for _, row := range rows {
		users[row.ID] = row
	}
	return users, nil
}

// Email returns the user's address to the user and to operators, and nil to others.
func (s *Service) Email(ctx context.Context, u *ent.User) *string {
	if v := viewer.From(ctx); v.ID == u.ID || v.IsAdmin() {
		return u.Email
	}
	return nil
}
