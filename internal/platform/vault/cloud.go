package vault

import (
	"context"
	"fmt"
	"net/url"

	"gocloud.dev/gcerrors"
	"gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms" // opens awskms:// addresses

	"github.com/moa-bff/moa/internal/platform/fault"
)

// CloudKeeper is a [Keeper] whose key stays inside a key management service.
type CloudKeeper struct {
	name   string
	keeper *secrets.Keeper
}

// OpenKeeper returns the keeper at an address: awskms://alias/NAME?region=… or awskms:///ARN?region=…, with the
// options of gocloud.dev/secrets/awskms. It asks nothing yet. The caller closes it.
func OpenKeeper(ctx context.Context, address string) (*CloudKeeper, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read the address of the keeper: %w", err)
	}
	if u.Scheme != "awskms" {
		return nil, fmt.Errorf("a keeper at %q is not supported: choose awskms://", u.Scheme)
	}
	keeper, err := secrets.OpenKeeper(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open the keeper %s%s: %w", u.Host, u.Path, err)
	}
	return &CloudKeeper{name: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), keeper: keeper}, nil
}

// Name implements [Keeper]: the address without its options.
func (k *CloudKeeper) Name() string { return k.name }

// Wrap implements [Keeper].
func (k *CloudKeeper) Wrap(ctx context.Context, plain []byte) ([]byte, error) {
	wrapped, err := k.keeper.Encrypt(ctx, plain)
	return wrapped, cloudFault(err)
}

// Unwrap implements [Keeper].
func (k *CloudKeeper) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	plain, err := k.keeper.Decrypt(ctx, wrapped)
	return plain, cloudFault(err)
}

// Close ends the connections to the service.
func (k *CloudKeeper) Close() error { return k.keeper.Close() }

// cloudFault tells a service that refuses the key or the text for good from one that may answer later.
func cloudFault(err error) error {
	if err == nil {
		return nil
	}
	switch gcerrors.Code(err) {
	case gcerrors.InvalidArgument, gcerrors.NotFound:
		return err
	default:
		return fault.Unavailable.Wrap(err)
	}
}
