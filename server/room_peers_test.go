package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
)

// callPatience is how long a step of a call may take.
const callPatience = 20 * time.Second

// TestTwoPeersTalkThroughNothingButTheAPI lets two WebRTC peers find each other by what Moa carries and tells,
// and exchange words and pictures without it: directly, and by TURN servers alone.
func TestTwoPeersTalkThroughNothingButTheAPI(t *testing.T) {
	t.Parallel()
	t.Run("directly", func(t *testing.T) {
		t.Parallel()
		meet(t, start(t), webrtc.ICETransportPolicyAll)
	})
	for name, relay := range map[string]func(t *testing.T, secret string) string{"by a relay of pion": pionRelay, "by coturn": coturn} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const secret = "a secret that Moa and coturn share"
			m := start(t, "MOA_TURN_URLS=turn:"+relay(t, secret)+"?transport=udp", "MOA_TURN_SECRET="+secret)
			meet(t, m, webrtc.ICETransportPolicyRelay)
		})
	}
}

// meet lets a host and a guest call each other.
func meet(t *testing.T, m *moa, policy webrtc.ICETransportPolicy) {
	t.Helper()
	asHost, asGuest := m.as(t, "counselor"), m.as(t, "user")
	roomID := talk(t, asHost, asGuest)
	host := enter(t, asHost, roomID, policy)
	guest := enter(t, asGuest, roomID, policy)
	host.offer(t)
	for _, side := range []struct{ from, to *peer }{{host, guest}, {guest, host}} {
		side.from.say(t)
		got := side.to.hear(t)
		require.Equal(t, side.from.greeting, got.greeting)
		require.True(t, bytes.Equal(side.from.picture, got.picture), "the picture came otherwise than it was sent")
	}
}

// peer is one side of a call.
type peer struct {
	client
	roomID   string
	conn     *webrtc.PeerConnection
	log      stream
	greeting string
	picture  []byte

	open  chan *webrtc.DataChannel
	heard chan received
	fails chan error

	early []webrtc.ICECandidateInit // came before the description that they belong to; of the log's goroutine
}

// received is what came over a data channel.
type received struct {
	greeting string
	picture  []byte
}

// enter makes a member of a room ready to call, with the servers that Moa names.
func enter(t *testing.T, c client, roomID string, policy webrtc.ICETransportPolicy) *peer {
	t.Helper()
	p := &peer{
		client: c, roomID: roomID, greeting: fmt.Sprint("안녕하세요 ", rand.Int64()), picture: picture(t),
		open: make(chan *webrtc.DataChannel, 1), heard: make(chan received, 1), fails: make(chan error, 100),
	}
	looked := c.must(t, `query($room: ID!) { counselRoom(id: $room) { iceServers { urls username credential } } }`, map[string]any{"room": roomID})
	var servers struct {
		CounselRoom struct{ IceServers []webrtc.ICEServer }
	}
	require.NoError(t, json.Unmarshal(looked.Data, &servers))
	require.Equal(t, policy == webrtc.ICETransportPolicyRelay, len(servers.CounselRoom.IceServers) > 0)

	engine := webrtc.SettingEngine{}
	engine.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetIPFilter(net.IP.IsLoopback)
	conn, err := webrtc.NewAPI(webrtc.WithSettingEngine(engine)).NewPeerConnection(webrtc.Configuration{
		ICEServers: servers.CounselRoom.IceServers, ICETransportPolicy: policy,
	})
	require.NoError(t, err)
	p.conn = conn
	conn.OnICECandidate(func(found *webrtc.ICECandidate) {
		if found != nil {
			p.tell("CANDIDATE", found.ToJSON())
		}
	})
	conn.OnDataChannel(p.receive)

	p.log = c.subscribe(t, watchRoom, map[string]any{"room": roomID})
	var listening sync.WaitGroup
	listening.Go(p.listen)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		require.NoError(t, p.log.conn.Close())
		listening.Wait()
	})
	return p
}

// picture returns a PNG that nobody has seen before.
func picture(t *testing.T) []byte {
	t.Helper()
	canvas := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for x := range 160 {
		for y := range 120 {
			canvas.Set(x, y, color.RGBA{R: uint8(rand.UintN(256)), G: uint8(x), B: uint8(y), A: 255})
		}
	}
	var text bytes.Buffer
	require.NoError(t, png.Encode(&text, canvas))
	return text.Bytes()
}

// tell sends a signal and keeps what goes wrong for whoever waits.
func (p *peer) tell(kind string, payload any) { p.note(p.client.tell(p.roomID, kind, payload)) }

func (p *peer) note(err error) {
	if err != nil {
		p.fails <- err
	}
}

// listen does what the other side says until the log is closed.
func (p *peer) listen() {
	for {
		var m message
		if p.log.conn.ReadJSON(&m) != nil {
			return
		}
		var a struct {
			Data struct{ CounselRoom roomEvent }
		}
		if m.Type == "next" && json.Unmarshal(m.Payload, &a) == nil && a.Data.CounselRoom.Kind == "SIGNAL" {
			p.note(p.follow(a.Data.CounselRoom))
		}
	}
}

// follow does what one signal asks for.
func (p *peer) follow(e roomEvent) error {
	if e.Signal == "CANDIDATE" {
		var found webrtc.ICECandidateInit
		if err := json.Unmarshal(e.Payload, &found); err != nil {
			return err
		}
		if p.conn.RemoteDescription() == nil {
			p.early = append(p.early, found)
			return nil
		}
		return p.conn.AddICECandidate(found)
	}
	var described webrtc.SessionDescription
	if err := json.Unmarshal(e.Payload, &described); err != nil {
		return err
	}
	if err := p.conn.SetRemoteDescription(described); err != nil {
		return err
	}
	for _, found := range p.early {
		if err := p.conn.AddICECandidate(found); err != nil {
			return err
		}
	}
	p.early = nil
	if e.Signal == "OFFER" {
		return p.answer()
	}
	return nil
}

func (p *peer) answer() error {
	described, err := p.conn.CreateAnswer(nil)
	if err != nil {
		return err
	}
	p.tell("ANSWER", described)
	return p.conn.SetLocalDescription(described)
}

// offer begins the call.
func (p *peer) offer(t *testing.T) {
	t.Helper()
	channel, err := p.conn.CreateDataChannel("talk", nil)
	require.NoError(t, err)
	p.receive(channel)
	described, err := p.conn.CreateOffer(nil)
	require.NoError(t, err)
	p.tell("OFFER", described)
	require.NoError(t, p.conn.SetLocalDescription(described))
}

// receive gathers what comes over a channel: a greeting, then the pieces of a picture, then a text again.
func (p *peer) receive(channel *webrtc.DataChannel) {
	var got received
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		switch {
		case !m.IsString:
			got.picture = append(got.picture, m.Data...)
		case got.greeting == "":
			got.greeting = string(m.Data)
		default:
			p.heard <- got
		}
	})
	channel.OnOpen(func() { p.open <- channel })
}

// say sends the greeting and the picture, in pieces that every browser takes.
func (p *peer) say(t *testing.T) {
	t.Helper()
	channel := wait(t, p, p.open)
	require.NoError(t, channel.SendText(p.greeting))
	for rest := p.picture; len(rest) > 0; {
		piece := rest[:min(len(rest), 16<<10)]
		require.NoError(t, channel.Send(piece))
		rest = rest[len(piece):]
	}
	require.NoError(t, channel.SendText("."))
}

func (p *peer) hear(t *testing.T) received {
	t.Helper()
	return wait(t, p, p.heard)
}

// wait returns what comes, or fails with what went wrong before it.
func wait[T any](t *testing.T, p *peer, c <-chan T) T {
	t.Helper()
	select {
	case value := <-c:
		return value
	case err := <-p.fails:
		require.NoError(t, err)
	case <-time.After(callPatience):
		require.FailNow(t, "the call does not go on", "%s, %s", p.conn.ICEConnectionState(), p.conn.ConnectionState())
	}
	panic("unreachable")
}
