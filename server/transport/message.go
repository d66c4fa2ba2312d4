package transport

import (
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// Message types of graphql-transport-ws that a client may send, and those that we send.
const (
	typeInit      = "connection_init"
	typeAck       = "connection_ack"
	typePing      = "ping"
	typePong      = "pong"
	typeSubscribe = "subscribe"
	typeNext      = "next"
	typeError     = "error"
	typeComplete  = "complete"
)

// maxIDLength bounds the id that a client gives an operation, in bytes. Clients use UUIDs or
// counters; the id is sent back with every message.
const maxIDLength = 128

// clientMessage is a message from a client.
type clientMessage struct {
	kind    string
	id      string             // subscribe, complete
	payload map[string]any     // connection_init
	params  *graphql.RawParams // subscribe
}

// parseMessage reads a message that a client sent. Whatever the protocol does not describe is
// an error, whose text may be told to the client.
func parseMessage(data []byte) (clientMessage, error) {
	value, err := decodeJSON(data)
	if err != nil {
		return clientMessage{}, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return clientMessage{}, errors.New("a message must be an object")
	}
	kind, _ := object["type"].(string)
	id, _ := object["id"].(string)
	payload, isObject := object["payload"].(map[string]any)
	if object["payload"] != nil && !isObject {
		return clientMessage{}, errors.New("the payload must be an object")
	}
	m := clientMessage{kind: kind, id: id, payload: payload}
	switch kind {
	case typeInit, typePing, typePong:
		return m, nil
	case typeComplete:
		return m, checkID(id)
	case typeSubscribe:
		return subscribeMessage(m)
	default:
		return clientMessage{}, errors.New("unknown message type")
	}
}

func subscribeMessage(m clientMessage) (clientMessage, error) {
	if err := checkID(m.id); err != nil {
		return m, err
	}
	params, refused := paramsOf(m.payload)
	if refused != nil {
		return m, errors.New(refused.message)
	}
	m.params, m.payload = params, nil
	return m, nil
}

func checkID(id string) error {
	if id == "" || len(id) > maxIDLength {
		return errors.New("the id must be a text of 1 to 128 bytes")
	}
	return nil
}
