package transport

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// maxControlPayload bounds the payload of a control frame (RFC 6455 §5.5), in bytes. A close
// frame spends two of them on its code.
const maxControlPayload = 125

// appendFrameHeader appends the header of an unfragmented frame from a server: FIN set, no
// extension, not masked, the length in the shortest form (RFC 6455 §5.2).
func appendFrameHeader(dst []byte, opcode int, length int) []byte {
	const fin = 0x80
	dst = append(dst, fin|byte(opcode))
	switch {
	case length <= 125:
		return append(dst, byte(length))
	case length <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
	}
}

// appendTextFrame appends a text frame whose payload is the parts one after the other.
func appendTextFrame(dst []byte, parts ...[]byte) []byte {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	dst = appendFrameHeader(dst, websocket.TextMessage, length)
	for _, part := range parts {
		dst = append(dst, part...)
	}
	return dst
}

// appendControlFrame appends a ping or a pong.
func appendControlFrame(dst []byte, opcode int, payload string) []byte {
	payload = payload[:min(len(payload), maxControlPayload)]
	return append(appendFrameHeader(dst, opcode, len(payload)), payload...)
}

// appendCloseFrame appends a close frame. The reason is cut where the frame ends, between two
// characters. A code that must not be sent, such as "no status", makes an empty frame.
func appendCloseFrame(dst []byte, code int, reason string) []byte {
	if len(reason) > maxControlPayload-2 {
		cut := maxControlPayload - 2
		for !utf8.RuneStart(reason[cut]) {
			cut--
		}
		reason = reason[:cut]
	}
	payload := websocket.FormatCloseMessage(code, reason)
	return append(appendFrameHeader(dst, websocket.CloseMessage, len(payload)), payload...)
}
