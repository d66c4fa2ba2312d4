package room

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/throttle"
)

// maxTitle is how many letters a title has at most.
const maxTitle = 60

// Open opens a room of which the counsellor who asks is the host. It closes when the host leaves, and when the
// host's log ([Service.Watch]) is not open for a while. Faults: [ErrTitleInvalid], [ErrPasswordInvalid];
// fault.Forbidden for whoever is no counsellor, fault.RateLimited.
func (s *Service) Open(ctx context.Context, input OpenInput) (*ent.CounselRoom, error) {
	v, err := counselor(ctx)
	if err != nil {
		return nil, err
	}
	title, err := cleanTitle(input.Title)
	if err != nil {
		return nil, err
	}
	if err := s.attempts.Count(ctx, fault.RateLimited, throttle.Attempt{Key: "open:" + v.ID, Limit: s.deps.Limits.Open}); err != nil {
		return nil, err
	}
	hash, err := s.passwords.hash(ctx, input.Password)
	if err != nil {
		return nil, err
	}
	begin, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	var opened *ent.CounselRoom
	err = s.withCode(func(code string) error {
		return s.deps.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			if err := tx.RequireUser(ctx, v.ID); err != nil {
				return err
			}
			create := tx.CounselRoom.Create().SetCode(code).SetTitle(title).SetNillablePasswordHash(hash)
			opened, err = s.open(ctx, tx, create, v.ID, begin)
			return err
		})
	})
	return opened, db.Fault(err)
}

// open writes a room of a host, whose log begins at a place.
func (s *Service) open(ctx context.Context, tx *db.Tx, create *ent.CounselRoomCreate, hostID, begin string) (*ent.CounselRoom, error) {
	now := s.now()
	row, err := create.SetHostID(hostID).SetHostCursor(begin).SetHostSeenAt(now).SetCreatedAt(now).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a room: %w", err)
	}
	return row, s.deps.Events.Record(ctx, tx, deskChanged(row))
}

// cleanTitle returns a title as it is kept, or [ErrTitleInvalid].
func cleanTitle(title string) (string, error) {
	title = norm.NFC.String(strings.TrimSpace(title))
	letters := utf8.RuneCountInString(title)
	if letters == 0 || letters > maxTitle || !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
		return "", ErrTitleInvalid.At("title")
	}
	return title, nil
}
