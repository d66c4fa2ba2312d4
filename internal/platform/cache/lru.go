package cache

import "container/list"

// lru is a map that remembers in which order its keys were used. It is unbounded and not
// safe for concurrent use: its owner holds the lock and decides what has to go.
type lru[V any] struct {
	order *list.List // of *lruNode[V], most recently used first
	nodes map[string]*list.Element
}

type lruNode[V any] struct {
	key   string
	value V
}

func newLRU[V any]() *lru[V] {
	return &lru[V]{order: list.New(), nodes: make(map[string]*list.Element)}
}

// get returns the value of key and marks it as used.
func (l *lru[V]) get(key string) (value V, ok bool) {
	element, ok := l.nodes[key]
	if !ok {
		return value, false
	}
	l.order.MoveToFront(element)
	return nodeOf[V](element).value, true
}

// put sets the value of key and marks it as used.
func (l *lru[V]) put(key string, value V) {
	if element, ok := l.nodes[key]; ok {
		nodeOf[V](element).value = value
		l.order.MoveToFront(element)
		return
	}
	l.nodes[key] = l.order.PushFront(&lruNode[V]{key: key, value: value})
}

// remove takes key out and returns what it held.
func (l *lru[V]) remove(key string) (value V, ok bool) {
	element, ok := l.nodes[key]
	if !ok {
		return value, false
	}
	delete(l.nodes, key)
	l.order.Remove(element)
	return nodeOf[V](element).value, true
}

// oldest returns the least recently used entry without marking it as used.
func (l *lru[V]) oldest() (key string, value V, ok bool) {
	element := l.order.Back()
	if element == nil {
		return "", value, false
	}
	node := nodeOf[V](element)
	return node.key, node.value, true
}

// len returns the number of entries.
func (l *lru[V]) len() int { return len(l.nodes) }

// nodeOf names the only type that the order list is ever given.
func nodeOf[V any](element *list.Element) *lruNode[V] {
	return element.Value.(*lruNode[V]) //nolint:forcetypeassert // nothing else is ever put in
}
