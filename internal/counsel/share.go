package counsel

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/counseldraw"
	"github.com/moa-bff/moa/ent/counselmessage"
	"github.com/moa-bff/moa/ent/counselsession"
	"github.com/moa-bff/moa/ent/counselshare"
	"github.com/moa-bff/moa/ent/predicate"
	"github.com/moa-bff/moa/internal/platform/db"
)

// shareLife is how long a link works.
const shareLife = 30 * 24 * time.Hour

// maxDescription is how many letters of a result a link shows.
const maxDescription = 100

// Share makes a link to the result of a session of the client's: the latest replies that are whole, without
// anything that the client wrote. Sharing again returns the link that works. Faults: [ErrNotFound],
// [ErrNothingToShare].
func (s *Service) Share(ctx context.Context, sessionID string) (*Share, error) {
	id, token := counselshare.DefaultID(), rand.Text()
	sealed, err := s.seal(ctx, token, boundShare, id)
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, sessionID, func(ctx context.Context, tx *db.Tx, _ *ent.CounselSessionUpdateOne) error {
		if err := requireResult(ctx, tx, sessionID); err != nil {
			return err
		}
		if err := revoke(ctx, tx, counselshare.And(counselshare.SessionID(sessionID), counselshare.ExpiresAtLTE(s.now())), s.now()); err != nil {
			return err
		}
		living, err := tx.CounselShare.Query().Where(counselshare.SessionID(sessionID), counselshare.RevokedAtIsNil()).Exist(ctx)
		if err != nil || living {
			return err
		}
		return tx.CounselShare.Create().SetID(id).SetCreatedAt(s.now()).SetSessionID(sessionID).
			SetTokenHash(hashToken(token)).SetToken(sealed).SetExpiresAt(s.now().Add(shareLife)).
			Exec(ctx)
	})
	if err != nil {
		return nil, at(err, "sessionId")
	}
	shares, err := s.SharesBySession(ctx, []string{sessionID})
	return shares[sessionID], err
}

// requireResult refuses a session in which no reply is whole.
func requireResult(ctx context.Context, tx *db.Tx, sessionID string) error {
	whole, err := tx.CounselMessage.Query().Where(results(sessionID)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for a result of %s: %w", sessionID, err)
	}
	if !whole {
		return ErrNothingToShare
	}
	return nil
}

// results holds for what a link may show of a session: what the voices said, never what people said.
func results(sessionID string) predicate.CounselMessage {
	return counselmessage.And(
		counselmessage.SessionID(sessionID), counselmessage.StatusEQ(counselmessage.StatusCOMPLETED),
		counselmessage.AuthorIn(counselmessage.AuthorFEELING, counselmessage.AuthorTHINKING, counselmessage.AuthorTAROT),
	)
}

// Revoke ends the link to the result of a session of the client's. Faults: [ErrNotFound].
func (s *Service) Revoke(ctx context.Context, sessionID string) (*ent.CounselSession, error) {
	row, err := s.change(ctx, sessionID, func(ctx context.Context, tx *db.Tx, _ *ent.CounselSessionUpdateOne) error {
		return revoke(ctx, tx, counselshare.SessionID(sessionID), s.now())
	})
	return row, at(err, "sessionId")
}

func revoke(ctx context.Context, tx *db.Tx, which predicate.CounselShare, now time.Time) error {
	if err := tx.CounselShare.Update().Where(which, counselshare.RevokedAtIsNil()).SetRevokedAt(now).Exec(ctx); err != nil {
		return fmt.Errorf("revoke links: %w", err)
	}
	return nil
}

// SharesBySession returns the link of each session that works now, to whose session it is.
func (s *Service) SharesBySession(ctx context.Context, sessionIDs []string) (map[string]*Share, error) {
	sessions, err := s.SessionsByID(ctx, sessionIDs)
	if err != nil {
		return nil, err
	}
	rows, err := s.deps.DB.Read().CounselShare.Query().
		Where(counselshare.SessionIDIn(sessionIDs...), counselshare.RevokedAtIsNil(), counselshare.ExpiresAtGT(s.now())).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the links of %d sessions: %w", len(sessionIDs), db.Fault(err))
	}
	shares := make(map[string]*Share, len(rows))
	for _, row := range rows {
		session := sessions[row.SessionID]
		if session == nil || !clientOf(ctx).owns(session) {
			continue
		}
		if shares[row.SessionID], err = s.shown(ctx, session, row); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// shown returns a link as its owner sees it.
func (s *Service) shown(ctx context.Context, session *ent.CounselSession, row *ent.CounselShare) (*Share, error) {
	token, err := s.deps.Vault.Open(ctx, row.Token, boundShare, row.ID)
	if err != nil {
		return nil, fmt.Errorf("open link %s: %w", row.ID, err)
	}
	result, err := s.result(ctx, session)
	if err != nil {
		return nil, err
	}
	url := s.deps.PublicURL + "/s/" + string(token)
	return &Share{URL: url, Token: string(token), ExpiresAt: row.ExpiresAt, Kakao: &KakaoFeed{
		Title: result.Title, Description: result.Description, ImageURL: s.deps.PublicURL + result.ImagePath, LinkURL: url,
		ButtonTitle: s.deps.Words.Say(result.Language, "counsel.share.button"),
	}}, nil
}

// Result is what a link shows: nothing of who shared it, and nothing that people wrote.
type Result struct {
	Kind        counselsession.Kind
	Language    language.Tag
	Title       string
	Description string
	// ImagePath is where the picture is, on this server.
	ImagePath string
	Voices    []Voice
	Cards     []*Draw
	Date      time.Time
}

// Voice is what one voice said.
type Voice struct {
	Author counselmessage.Author
	Text   string
}

// Shared returns the result that a link leads to, to anybody. A link that is unknown, revoked or too old is
// [ErrNotFound].
func (s *Service) Shared(ctx context.Context, token string) (*Result, error) {
	row, err := s.deps.DB.Read().CounselShare.Query().
		Where(counselshare.TokenHash(hashToken(token)), counselshare.RevokedAtIsNil(), counselshare.ExpiresAtGT(s.now()),
			counselshare.HasSessionWith(counselsession.DeletedAtIsNil())).
		WithSession().
		Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("look up a link: %w", db.Fault(err))
	}
	return s.result(ctx, row.Edges.Session)
}

// result gathers what a link shows: the latest turn in which a voice became whole.
func (s *Service) result(ctx context.Context, session *ent.CounselSession) (*Result, error) {
	rows, err := s.deps.DB.Read().CounselMessage.Query().Where(results(session.ID)).Order(counselmessage.ByNumber()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the result of %s: %w", session.ID, db.Fault(err))
	}
	r := &Result{Kind: session.Kind, Language: language.Make(session.Language), Date: session.CreatedAt, ImagePath: cardPath(starCard)}
	for _, row := range rows {
		if row.Turn != rows[len(rows)-1].Turn {
			continue
		}
		text, err := s.Text(ctx, row)
		if err != nil {
			return nil, err
		}
		r.Voices = append(r.Voices, Voice{Author: row.Author, Text: text})
	}
	draws, err := s.deps.DB.Read().CounselDraw.Query().Where(counseldraw.SessionID(session.ID)).Order(counseldraw.ByNumber()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the cards of %s: %w", session.ID, db.Fault(err))
	}
	r.Cards = shownCards(draws)
	r.describe(s.deps.Words.Say(r.Language, "counsel.share.title."+string(session.Kind)))
	return r, nil
}

// describe phrases what the preview of a link says.
func (r *Result) describe(title string) {
	r.Title = title
	if len(r.Cards) > 0 {
		names := make([]string, len(r.Cards))
		for i, c := range r.Cards {
			names[i] = c.Card.Name(r.Language)
		}
		r.Title += ": " + strings.Join(names, ", ")
		r.ImagePath = cardPath(r.Cards[0].Card.Index)
	}
	if len(r.Voices) > 0 {
		letters := []rune(strings.Join(strings.Fields(r.Voices[0].Text), " "))
		r.Description = string(letters)
		if len(letters) > maxDescription {
			r.Description = string(letters[:maxDescription-1]) + "…"
		}
	}
}

// starCard is the card that stands for a result without cards: The Star, which is hope.
const starCard = 17

// cardPath returns where the picture of a card is that previews of links show: they take no SVG.
func cardPath(index int) string { return fmt.Sprintf("/cards/%d.png", index) }

// hashToken returns what a link is found by. The token is random, so a plain hash is enough.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
