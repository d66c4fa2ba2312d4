package server_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/test/testkit"
)

// pionRelay runs a TURN server that checks credentials as coturn does, and returns its address.
func pionRelay(t *testing.T, secret string) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	loopback := net.IPv4(127, 0, 0, 1)
	server, err := turn.NewServer(turn.ServerConfig{
		Realm:       "moa.example",
		AuthHandler: turn.LongTermTURNRESTAuthHandler(secret, logging.NewDefaultLoggerFactory().NewLogger("turn")),
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: loopback, Address: "127.0.0.1"},
			PermissionHandler:     func(net.Addr, net.IP) bool { return true },
		}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return conn.LocalAddr().String()
}

// coturn runs coturn as deploy/README.md says, but on loopback, and returns its address. Where it is not installed
// the test skips, and fails on CI.
func coturn(t *testing.T, secret string) string {
	t.Helper()
	program, err := exec.LookPath("turnserver")
	if err != nil {
		require.False(t, testkit.OnCI(), "coturn must be there on CI: %v", err)
		t.Skipf("coturn is not installed: %v", err)
	}
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	address := free.LocalAddr().(*net.UDPAddr)
	require.NoError(t, free.Close())
	dir := t.TempDir()
	config := filepath.Join(dir, "turnserver.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `use-auth-secret
static-auth-secret=%s
realm=moa.example
fingerprint
no-cli
no-tcp-relay
listening-ip=127.0.0.1
listening-port=%d
relay-ip=127.0.0.1
allow-loopback-peers
no-tls
no-dtls
log-file=stdout
userdb=%s
pidfile=%s
`, secret, address.Port, filepath.Join(dir, "turndb"), filepath.Join(dir, "pid")), 0o600))
	server := exec.CommandContext(t.Context(), program, "-c", config)
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Wait() }) // it ends by the signal, which Wait calls an error
	listening(t, address.String())
	return address.String()
}

// listening waits until a STUN server answers: its client asks again and again.
func listening(t *testing.T, address string) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	client, err := turn.NewClient(&turn.ClientConfig{STUNServerAddr: address, Conn: conn})
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.Listen())
	_, err = client.SendBindingRequest()
	require.NoError(t, err, "coturn does not answer")
}
