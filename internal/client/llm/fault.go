package llm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
)

// fault returns the failure that err, of the network, of the SDK or of the reading, amounts to.
func (a *attempt) fault(err error) error {
	var f *failure
	var no *refusal
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &no):
		return no.failure()
	case errors.Is(err, errTooBig):
		return failed(ErrBroken, "%s", errTooBig).final()
	case a.accepted:
		return failed(ErrBroken, "it ended early").by(plain(err))
	}
	return failed(ErrUnavailable, "").by(plain(err))
}

// plain returns the part of a network's error that speaks of addresses and certificates only. Others
// may quote what came over the wire.
func plain(err error) error {
	var (
		op          *net.OpError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns):
		return dns
	case errors.As(err, &op):
		return op
	case errors.As(err, &certificate):
		return certificate
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%T", err)
}
