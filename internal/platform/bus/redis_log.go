package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// localHistory is how many of the newest entries of a followed log this process keeps, so
	// that a storm of returning readers is served without Redis.
	localHistory = 4096
	// readBatch and appendBatch bound the entries of one script call: a script stops the world.
	readBatch   = 512
	appendBatch = 256
)

// Append implements [Bus].
func (b *Redis) Append(ctx context.Context, topic string, messages ...Message) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	for batch := range slices.Chunk(messages, appendBatch) {
		if err := b.appendBatch(ctx, topic, batch); err != nil {
			return fmt.Errorf("bus: append to %s: %w", topic, err)
		}
	}
	return nil
}

func (b *Redis) appendBatch(ctx context.Context, topic string, batch []Message) error {
	args := make([]any, 0, 4+3*len(batch))
	args = append(args, newEpoch(), b.opts.HistoryAge.Milliseconds(), b.opts.History, b.logName(topic))
	for _, m := range batch {
		args = append(args, m.ID, m.Key, m.Payload)
	}
	reply, err := b.scripts.append.Run(ctx, b.client, b.logKeys(topic), args...).StringSlice()
	if err != nil {
		return err
	}
	if len(reply) != 2 {
		return errReply
	}
	offset, err := strconv.ParseUint(reply[1], 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %w", errReply, err)
	}
	if t := b.hub.findLog(topic); t != nil {
		t.announce(position{epoch: reply[0], offset: offset})
	}
	return nil
}

// Follow implements [Bus].
func (b *Redis) Follow(ctx context.Context, topic, after string, keys ...string) (*Reader, error) {
	return b.hub.follow(ctx, topic, after, keys)
}

// older reads history that the hub does not hold, for one reader.
func (b *Redis) older(ctx context.Context, topic string, from position) ([]*record, error) {
	select {
	case b.replays <- struct{}{}:
		defer func() { <-b.replays }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	got, err := b.read(ctx, topic, from)
	if err != nil {
		return nil, err
	}
	if !got.follows(from) {
		return nil, errGone
	}
	return got.records, nil
}

// feedLogs brings the logs of the worklist up to date until ctx ends. Each is read in a goroutine
// of its own that ends when nothing is left to read, so that a slow log holds up no other.
func (b *Redis) feedLogs(ctx context.Context) {
	var feeds sync.WaitGroup
	defer feeds.Wait()
	for {
		topics, err := b.unfed.take(ctx, readBatch)
		if err != nil {
			return
		}
		for _, topic := range topics {
			if t := b.hub.findLog(topic); t != nil && t.startFeeding() {
				feeds.Go(func() { b.catchUp(ctx, t) })
			}
		}
	}
}

// startFeeding claims the feeding of t. While another goroutine is at work it returns false, and
// that one looks once more before it ends.
func (t *logTopic) startFeeding() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale = t.feeding
	if t.feeding {
		return false
	}
	t.feeding = true
	return true
}

// catchUp reads until the log has nothing new, and waits out a Redis that is away.
func (b *Redis) catchUp(ctx context.Context, t *logTopic) {
	var pause backoff
	for {
		more, err := b.pull(ctx, t)
		if err != nil {
			if pause.fresh() && ctx.Err() == nil {
				b.opts.Logger.Warn("bus cannot read a log, trying on", "topic", t.name, "error", err)
			}
			if pause.wait(ctx, nil) != nil {
				return
			}
			continue
		}
		pause.reset()
		if !more && t.doneFeeding() {
			return
		}
	}
}

// doneFeeding ends the feeding; it returns false when the log must be looked at once more.
func (t *logTopic) doneFeeding() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stale {
		t.stale = false
		return false
	}
	t.feeding = false
	return true
}

// pull feeds the next page to the hub; more says that there may be another.
func (b *Redis) pull(ctx context.Context, t *logTopic) (more bool, err error) {
	head := t.place()
	got, err := b.read(ctx, t.name, head)
	if err != nil {
		return false, err
	}
	switch {
	case head.epoch == "":
		t.begin(got)
		return true, nil
	case !got.follows(head):
		b.opts.Logger.Warn("bus lost the history of a log", "topic", t.name)
		t.restart(position{epoch: got.epoch, offset: got.last})
	case len(got.records) > 0:
		t.extend(got.records, time.Now())
	}
	if len(got.records) == readBatch {
		return true, nil
	}
	t.open()
	return false, nil
}

// begin places a new topic so that the next pulls fetch the recent history. Nobody reads yet.
func (t *logTopic) begin(got logPage) {
	start := got.first - 1
	if got.last-start > uint64(t.keep) {
		start = got.last - uint64(t.keep)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.head = position{epoch: got.epoch, offset: start}
}

// open lets readers in: the topic knows where the log ends.
func (t *logTopic) open() {
	select {
	case <-t.ready:
	default:
		close(t.ready)
	}
}

// logPage is an answer of the read script.
type logPage struct {
	epoch       string
	first, last uint64 // the oldest and newest offset; first = last+1 when the log is empty
	records     []*record
}

// follows reports whether nothing is missing between from and the page. A last offset below from
// means that Redis came back with an older copy of its data.
func (p logPage) follows(from position) bool {
	if p.epoch != from.epoch {
		return false
	}
	if len(p.records) == 0 {
		return p.last == from.offset
	}
	return p.records[0].offset == from.offset+1
}

var errReply = errors.New("unexpected reply from Redis")

// read returns up to readBatch entries after from, or none when from has no epoch.
func (b *Redis) read(ctx context.Context, topic string, from position) (logPage, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	start := ""
	if from.epoch != "" {
		start = strconv.FormatUint(from.offset+1, 10)
	}
	reply, err := b.scripts.read.Run(ctx, b.client, b.logKeys(topic),
		newEpoch(), b.opts.HistoryAge.Milliseconds(), start, readBatch).Slice()
	if err != nil {
		return logPage{}, fmt.Errorf("bus: read %s: %w", topic, err)
	}
	return parsePage(reply)
}

func parsePage(reply []any) (page logPage, err error) {
	if len(reply) != 4 {
		return logPage{}, errReply
	}
	page.epoch, _ = reply[0].(string)
	first, _ := reply[1].(string)
	last, _ := reply[2].(string)
	entries, _ := reply[3].([]any)
	if page.first, err = strconv.ParseUint(first, 10, 64); err != nil {
		return logPage{}, fmt.Errorf("%w: %w", errReply, err)
	}
	if page.last, err = strconv.ParseUint(last, 10, 64); err != nil {
		return logPage{}, fmt.Errorf("%w: %w", errReply, err)
	}
	for _, entry := range entries {
		rec, err := parseRecord(page.epoch, entry)
		if err != nil {
			return logPage{}, err
		}
		page.records = append(page.records, rec)
	}
	return page, nil
}

// parseRecord reads a stream entry: an id and the list k, key, p, payload.
func parseRecord(epoch string, entry any) (*record, error) {
	pair, _ := entry.([]any)
	if len(pair) != 2 {
		return nil, errReply
	}
	id, _ := pair[0].(string)
	fields, _ := pair[1].([]any)
	if len(fields) != 4 {
		return nil, errReply
	}
	key, _ := fields[1].(string)
	payload, _ := fields[3].(string)
	left, right, _ := strings.Cut(id, "-")
	offset, err := strconv.ParseUint(left, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errReply, err)
	}
	ms, err := strconv.ParseInt(right, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errReply, err)
	}
	at := position{epoch: epoch, offset: offset}
	return newRecord(at, Message{Key: key, Payload: []byte(payload)}, time.UnixMilli(ms)), nil
}
