package dataimport

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/user"
	emails "github.com/moa-bff/moa/internal/platform/email"
)

// email returns a bare e-mail address, in the form in which two of them are compared.
func (r row) email(column string) (string, error) {
	address := strings.ToLower(norm.NFC.String(r.get(column)))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > 254 {
		return "", fmt.Errorf("%s is %q, it must be an e-mail address", column, r.get(column))
	}
	return address, nil
}

// usersByEmail returns the users of the addresses, deleted ones included.
func (b *batch) usersByEmail(ctx context.Context, addresses []string) (map[string]*ent.User, error) {
	byHash := make(map[string]string, len(addresses))
	hashes := make([]string, len(addresses))
	for i, address := range addresses {
		hashes[i] = emails.Hash(address)
		byHash[hashes[i]] = address
	}
	rows, err := b.tx.User.Query().Where(user.EmailHashIn(hashes...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d users: %w", len(addresses), err)
	}
	found := make(map[string]*ent.User, len(rows))
	for _, u := range rows {
		found[byHash[u.EmailHash]] = u
	}
	return found, nil
}

// owners returns the users of the addresses as owners: who is missing is created without a password,
// and a USER becomes an OWNER. Deleted users are left out.
func (b *batch) owners(ctx context.Context, addresses []string) (map[string]*ent.User, error) {
	owners, err := b.usersByEmail(ctx, addresses)
	if err != nil {
		return nil, err
	}
	var creates []*ent.UserCreate
	var missing, promoted []string
	for _, address := range addresses {
		u := owners[address]
		switch {
		case u == nil:
			local, _, _ := strings.Cut(address, "@")
			creates = append(creates, b.newUser(address, local, user.RoleOWNER))
			missing = append(missing, address)
		case u.DeletedAt != nil:
			delete(owners, address)
		case u.Role == user.RoleUSER:
			promoted = append(promoted, u.ID)
		}
	}
	if len(promoted) > 0 {
		if err := b.tx.User.Update().Where(user.IDIn(promoted...)).SetRole(user.RoleOWNER).Exec(ctx); err != nil {
			return nil, fmt.Errorf("make %d users owners: %w", len(promoted), err)
		}
	}
	if len(creates) > 0 {
		made, err := b.tx.User.CreateBulk(creates...).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("create %d owners: %w", len(creates), err)
		}
		for i, u := range made {
			owners[missing[i]] = u
		}
	}
	return owners, nil
}

// newUser returns a user who has no password, and so cannot sign in before setting one.
func (b *batch) newUser(address, name string, role user.Role) *ent.UserCreate {
	letters := []rune(name)
	return b.tx.User.Create().
		SetEmail(address).SetEmailHash(emails.Hash(address)).SetRole(role).SetCreatedAt(b.now).
		SetName(string(letters[:min(len(letters), maxUserName)]))
}

// maxUserName is the longest name of a user, in letters.
const maxUserName = 50

// customerRow is a line of a file of customers.
type customerRow struct {
	row
	externalID string
	email      string
	name       string
}

func readCustomer(r row) (c customerRow, err error) {
	c.row = r
	var faults [3]error
	c.externalID, faults[0] = r.id("external_id")
	c.email, faults[1] = r.email("email")
	c.name, faults[2] = r.line("name", 1, maxUserName)
	return c, errors.Join(faults[:]...)
}

// writeCustomers creates users without a password. Of a user who is there, the name may change; the
// address is what the account is known by and does not. Deleted users stay deleted.
func writeCustomers(ctx context.Context, b *batch, rows []row) error {
	parsed := parse(b, rows, readCustomer)
	existing, err := b.usersByExternalID(ctx, collect(parsed, func(c customerRow) string { return c.externalID }))
	if err != nil {
		return err
	}
	addresses, err := b.usersByEmail(ctx, collect(parsed, func(c customerRow) string { return c.email }))
	if err != nil {
		return err
	}
	var creates []*ent.UserCreate
	for _, c := range parsed {
		before, holder := existing[c.externalID], addresses[c.email]
		switch {
		case before == nil && holder != nil:
			b.reject(c.row, "the address %s belongs to another account", c.email)
		case before == nil:
			create := b.newUser(c.email, c.name, user.RoleUSER).SetExternalID(c.externalID)
			creates = append(creates, create)
			addresses[c.email] = &ent.User{}
		case before.DeletedAt == nil && before.EmailHash != emails.Hash(c.email):
			b.reject(c.row, "the customer has another address: an account keeps the one it was made with")
		case before.DeletedAt != nil || before.Name == c.name:
			b.unchanged++
		default:
			if err := b.tx.User.UpdateOne(before).SetName(c.name).Exec(ctx); err != nil {
				return fmt.Errorf("rename user %s: %w", before.ID, err)
			}
			b.updated++
		}
	}
	if len(creates) > 0 {
		if err := b.tx.User.CreateBulk(creates...).Exec(ctx); err != nil {
			return fmt.Errorf("create %d customers: %w", len(creates), err)
		}
	}
	b.created += len(creates)
	return nil
}

func (b *batch) usersByExternalID(ctx context.Context, ids []string) (map[string]*ent.User, error) {
	rows, err := b.tx.User.Query().Where(user.ExternalIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %d users: %w", len(ids), err)
	}
	found := make(map[string]*ent.User, len(rows))
	for _, u := range rows {
		found[*u.ExternalID] = u
	}
	return found, nil
}
