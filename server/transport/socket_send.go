package transport

import (
	"time"

	"github.com/gorilla/websocket"
)

// send queues a message that belongs to no operation.
func (s *socket) send(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sendLocked(message)
}

// sendPing queues a ping of the protocol and one of RFC 6455.
func (s *socket) sendPing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sendLocked([]byte(`{"type":"ping"}`))
	if s.state != socketOpen {
		return
	}
	queue := s.room()
	queue.b = appendControlFrame(queue.b, websocket.PingMessage, "")
}

// answerPing queues a pong. Pings count as messages, or they would be a way around the limit.
func (s *socket) answerPing(payload string) error {
	if !s.limiter.Allow() {
		s.close(closeFlood, "Too many messages")
		return nil
	}
	s.awaitMore()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == socketOpen {
		queue := s.room()
		queue.b = appendControlFrame(queue.b, websocket.PongMessage, payload)
		s.wakeWriter()
	}
	return nil
}

// sendLocked queues a text message of several parts. It is false when the socket takes no more
// messages, or no longer does because this one was one too many.
func (s *socket) sendLocked(parts ...[]byte) bool {
	if !s.queueLocked(parts) {
		return false
	}
	s.wakeWriter()
	return true
}

// sendAlone is sendLocked for a message that comes alone.
func (s *socket) sendAlone(parts ...[]byte) bool {
	if !s.queueLocked(parts) {
		return false
	}
	s.sendNow()
	return true
}

// queueLocked is sendLocked that leaves the message in the queue.
func (s *socket) queueLocked(parts [][]byte) bool {
	if s.state != socketOpen {
		return false
	}
	queue := s.room()
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	if s.waiting > 0 && (s.waiting >= s.conf.QueueMessages || len(queue.b)+length > s.conf.QueueBytes) {
		queue.b, s.waiting = queue.b[:0], 0 // the peer will not miss what it does not read
		s.closeLocked(closeSlow, "Reading too slowly")
		return false
	}
	queue.b = appendTextFrame(queue.b, parts...)
	s.waiting++
	return true
}

// writeTimeout needs the lock.
func (s *socket) writeTimeout() time.Duration {
	if s.state == socketOpen {
		return s.conf.WriteTimeout
	}
	return min(s.conf.WriteTimeout, closeTimeout)
}

// writeFailed drops a peer that cannot be reached: closing the connection ends the reading
// goroutine, which ends the rest. It needs the lock.
func (s *socket) writeFailed() {
	s.state = socketClosed
	s.endOperations()
	_ = s.conn.Close()
}

// close queues a close frame behind what already waits and ends all operations. Only the first
// call has an effect.
func (s *socket) close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked(code, reason)
}

func (s *socket) closeLocked(code int, reason string) {
	if s.state != socketOpen {
		return
	}
	queue := s.room()
	queue.b = appendCloseFrame(queue.b, code, reason)
	s.wakeWriter()
	s.state = socketClosing
	s.endOperations()
	// A write that is under way shall not take longer than the rest of the goodbye.
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.writeTimeout()))
	_ = s.conn.SetReadDeadline(time.Now().Add(closeTimeout))
}
