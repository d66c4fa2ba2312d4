package bus_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/platform/bus"
)

const crowd = 3000

// drain takes count entries from each reader.
func drain(readers []*bus.Reader, count int) *sync.WaitGroup {
	var work sync.WaitGroup
	for _, r := range readers {
		work.Go(func() {
			for range count {
				if _, open := <-r.C(); !open {
					return
				}
			}
		})
	}
	return &work
}

func crowdOf(b *testing.B, carrier bus.Bus, keys ...string) []*bus.Reader {
	b.Helper()
	readers := make([]*bus.Reader, crowd)
	for i := range readers {
		readers[i] = follow(b, carrier, "news", "", keys...)
	}
	return readers
}

func benchCarriers(b *testing.B, run func(b *testing.B, carrier bus.Bus)) {
	b.Run("memory", func(b *testing.B) { run(b, bus.NewMemory(bus.Options{})) })
	b.Run("redis", func(b *testing.B) { run(b, startRedis(b, bus.Options{Prefix: newPrefix(b)})) })
}

// BenchmarkFanOut appends one message and waits until 3,000 readers have it.
func BenchmarkFanOut(b *testing.B) {
	benchCarriers(b, func(b *testing.B, carrier bus.Bus) {
		readers := crowdOf(b, carrier)
		ctx, message := context.Background(), bus.Message{Payload: make([]byte, 200)}
		for b.Loop() {
			work := drain(readers, 1)
			require.NoError(b, carrier.Append(ctx, "news", message))
			work.Wait()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*crowd), "ns/delivery")
	})
}

// BenchmarkBurst appends 100 messages at once and waits for the 300,000 deliveries.
func BenchmarkBurst(b *testing.B) {
	benchCarriers(b, func(b *testing.B, carrier bus.Bus) {
		readers := crowdOf(b, carrier)
		messages := make([]bus.Message, 100)
		for i := range messages {
			messages[i].Payload = make([]byte, 200)
		}
		ctx := context.Background()
		for b.Loop() {
			work := drain(readers, len(messages))
			require.NoError(b, carrier.Append(ctx, "news", messages...))
			work.Wait()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*crowd*len(messages)), "ns/delivery")
	})
}

// BenchmarkAppend appends 100 messages with ids in one call; nobody reads.
func BenchmarkAppend(b *testing.B) {
	benchCarriers(b, func(b *testing.B, carrier bus.Bus) {
		ctx, messages, next := context.Background(), make([]bus.Message, 100), 0
		payload := make([]byte, 200)
		for b.Loop() {
			for i := range messages {
				messages[i] = bus.Message{ID: strconv.Itoa(next), Key: "k", Payload: payload}
				next++
			}
			require.NoError(b, carrier.Append(ctx, "news", messages...))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(messages)), "ns/message")
	})
}

// BenchmarkKeyed appends one message for one of 30,000 readers with a key each.
func BenchmarkKeyed(b *testing.B) {
	carrier := bus.NewMemory(bus.Options{})
	readers := make([]*bus.Reader, 10*crowd)
	for i := range readers {
		readers[i] = follow(b, carrier, "news", "", strconv.Itoa(i))
	}
	ctx, n := context.Background(), 0
	for b.Loop() {
		n = (n + 1) % len(readers)
		require.NoError(b, carrier.Append(ctx, "news", bus.Message{Key: strconv.Itoa(n)}))
		<-readers[n].C()
	}
}
