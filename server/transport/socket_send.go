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
	s.queue.b = appendControlFrame(s.queue.b, websocket.PingMessage, "")
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
		s.wakeWriter()
		s.queue.b = appendControlFrame(s.queue.b, websocket.PongMessage, payload)
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

// sendNow is sendLocked that writes at once what the connection takes without waiting. Waking another
// goroutine for it costs as much as the write. It is for messages that come alone: what comes together
// is better left to the writer, which sends all of it in one write.
func (s *socket) sendNow(parts ...[]byte) bool {
	if !s.queueLocked(parts) {
		return false
	}
	if s.writing || !s.flush() {
		s.wakeWriter()
	}
	return true
}

// flush reports whether all of the queue went out without waiting.
func (s *socket) flush() bool {
	n := tryWrite(s.link, s.queue.b)
	if n < len(s.queue.b) {
		s.queue.b = append(s.queue.b[:0], s.queue.b[n:]...)
		return false
	}
	s.queue.release()
	s.queue, s.waiting = nil, 0
	return true
}

// queueLocked is sendLocked that leaves the message in the queue.
func (s *socket) queueLocked(parts [][]byte) bool {
	if s.state != socketOpen {
		return false
	}
	if s.queue == nil {
		s.queue = takeBuffer()
	}
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	if s.waiting > 0 && (s.waiting >= s.conf.QueueMessages || len(s.queue.b)+length > s.conf.QueueBytes) {
		s.queue.b, s.waiting = s.queue.b[:0], 0 // the peer will not miss what it does not read
		s.closeLocked(closeSlow, "Reading too slowly")
		return false
	}
	s.queue.b = appendTextFrame(s.queue.b, parts...)
	s.waiting++
	return true
}

// wakeWriter makes sure that there is a queue and a goroutine that empties it.
func (s *socket) wakeWriter() {
	if s.queue == nil {
		s.queue = takeBuffer()
	}
	if !s.writing {
		s.writing = true
		s.writes.Add(1)
		go s.write()
	}
}

// write sends what is queued until nothing is: all that came together leaves in one write, and
// an idle socket has neither this goroutine nor a buffer.
func (s *socket) write() {
	defer s.writes.Done()
	for {
		s.mu.Lock()
		frames := s.queue
		s.queue, s.waiting = nil, 0
		if frames == nil {
			s.writing = false
			s.mu.Unlock()
			return
		}
		_ = s.raw.SetWriteDeadline(time.Now().Add(s.writeTimeout()))
		s.mu.Unlock()

		_, err := s.raw.Write(frames.b)
		frames.release()
		if err != nil {
			s.writeFailed()
			return
		}
	}
}

func (s *socket) writeTimeout() time.Duration {
	if s.state == socketOpen {
		return s.conf.WriteTimeout
	}
	return min(s.conf.WriteTimeout, closeTimeout)
}

// writeFailed drops a peer that cannot be reached: closing the connection ends the reading
// goroutine, which ends the rest.
func (s *socket) writeFailed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = socketClosed
	s.queue, s.writing = nil, false
	s.endOperations()
	_ = s.raw.Close()
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
	s.wakeWriter()
	s.queue.b = appendCloseFrame(s.queue.b, code, reason)
	s.state = socketClosing
	s.endOperations()
	// A write that is under way shall not take longer than the rest of the goodbye.
	_ = s.raw.SetWriteDeadline(time.Now().Add(s.writeTimeout()))
	_ = s.raw.SetReadDeadline(time.Now().Add(closeTimeout))
}
