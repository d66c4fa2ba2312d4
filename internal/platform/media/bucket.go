package media

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob" // opens s3:// addresses
)

// OpenBucket opens the bucket at an address: file:///folder (made when it is missing; file://./folder
// is relative), mem:// for tests, or s3://name with the options of gocloud.dev/blob/s3blob, such as
// ?region=…&endpoint=…. The caller closes it.
func OpenBucket(ctx context.Context, address string) (*blob.Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read the address of the bucket: %w", err)
	}
	switch u.Scheme {
	case "file":
		return openFolder(u)
	case "mem":
		return memblob.OpenBucket(nil), nil
	case "s3":
		bucket, err := blob.OpenBucket(ctx, address)
		if err != nil {
			return nil, fmt.Errorf("open the bucket %s: %w", u.Host, err)
		}
		return bucket, nil
	default:
		return nil, fmt.Errorf("a bucket at %q is not supported: choose file://, mem:// or s3://", u.Scheme)
	}
}

func openFolder(u *url.URL) (*blob.Bucket, error) {
	path := u.Path
	if u.Host == "." {
		path = "." + path
	}
	// Unfinished files lie beside the finished ones: another file system could not rename them.
	bucket, err := fileblob.OpenBucket(filepath.FromSlash(path), &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true,
	})
	if err != nil {
		return nil, fmt.Errorf("open the folder %s: %w", path, err)
	}
	return bucket, nil
}
