package bus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a watcher is told when the carrier was read after (re)connecting.
func TestStateSync(t *testing.T) {
	t.Parallel()
	born := time.Now()
	soon, late := born.Add(time.Second), born.Add(operationTimeout+time.Second)
	scenarios := []struct {
		name   string
		synced bool
		local  int64 // the version in the hub before, 0 for none
		got    carried
		now    time.Time
		want   []Update
	}{
		{"first reading, nothing there", false, 0, carried{}, soon, nil},
		{"first reading, a value", false, 0, carried{3, nil, true}, soon, []Update{{Version: 3}}},
		{"first reading after an outage", false, 0, carried{}, late, []Update{{Resync: true}}},
		{"again, same value", true, 3, carried{3, nil, true}, late, nil},
		{"again, newer value", true, 3, carried{4, nil, true}, late, []Update{{Version: 4}}},
		{"again, older value", true, 3, carried{2, nil, true}, late, []Update{{Version: 3, Resync: true}}},
		{"again, no value", true, 3, carried{}, late, []Update{{Version: 3, Resync: true}}},
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			state := &stateTopic{age: time.Hour, born: born, synced: s.synced}
			if s.local != 0 {
				state.set(s.local, nil, born)
			}
			before := state.version()
			w := newWatcher(state)
			require.True(t, state.admit(w, soon))
			if s.local != 0 {
				<-w.C()
			}
			state.sync(s.got, before, s.now)
			require.Len(t, w.C(), len(s.want))
			for _, want := range s.want {
				require.Equal(t, want, <-w.C())
			}
		})
	}
}
