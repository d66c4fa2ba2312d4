package bus

// readerIndex finds the readers of a key in O(1), and adds and removes a reader in the time of
// its own keys. The log that owns it guards it.
type readerIndex struct {
	every []*Reader            // readers without keys
	byKey map[string][]*Reader // readers by each of their keys
}

func (x *readerIndex) add(r *Reader) {
	if r.keys == nil {
		r.slots = []int{len(x.every)}
		x.every = append(x.every, r)
		return
	}
	if x.byKey == nil {
		x.byKey = make(map[string][]*Reader)
	}
	r.slots = make([]int, len(r.keys))
	for i, key := range r.keys {
		r.slots[i] = len(x.byKey[key])
		x.byKey[key] = append(x.byKey[key], r)
	}
}

// remove takes r out; the last reader of each list moves into the free slot.
func (x *readerIndex) remove(r *Reader) {
	if r.slots == nil {
		return
	}
	if r.keys == nil {
		x.every = swapOut(x.every, r.slots[0], "")
		r.slots = nil
		return
	}
	for i, key := range r.keys {
		left := swapOut(x.byKey[key], r.slots[i], key)
		if len(left) == 0 {
			delete(x.byKey, key)
			continue
		}
		x.byKey[key] = left
	}
	r.slots = nil
}

func swapOut(list []*Reader, slot int, key string) []*Reader {
	last := len(list) - 1
	moved := list[last]
	list[slot] = moved
	list[last] = nil
	moved.moveTo(slot, key)
	return list[:last]
}
