package dashboard

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/moa-bff/moa/internal/platform/bus"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// widgetRetry is how long a live dashboard waits before it asks once more for a widget that failed.
const widgetRetry = 5 * time.Second

// WatchBoard returns a dashboard with its answers now and after each change of itself or of its data, the
// latest only. Equal questions of any number of dashboards share one computation. The channel is closed when
// ctx ends, and when the dashboard is deleted. A dashboard that is not the viewer's is [ErrNotFound].
func (s *Service) WatchBoard(ctx context.Context, id string) (<-chan *Board, error) {
	if _, err := viewer.Require(ctx); err != nil {
		return nil, err
	}
	// First listen, then look: what changes in between is heard.
	reader, err := s.deps.Bus.Follow(ctx, TopicChanged, "", id)
	if err != nil {
		return nil, err
	}
	board, err := s.Get(ctx, id)
	if err != nil {
		reader.Close()
		return nil, err
	}
	w := &boardWatch{Service: s, id: id, news: reader, wake: make(chan struct{}, 1), out: make(chan *Board, 1)}
	go w.run(ctx, board)
	return w.out, nil
}

// boardWatch is one viewer of one live dashboard. It ends with its context.
type boardWatch struct {
	*Service
	id   string
	news *bus.Reader
	wake chan struct{}
	out  chan *Board

	mu    sync.Mutex
	shown map[string]*shown // by the id of the widget
}

// run shows each version of the dashboard until it changes.
func (w *boardWatch) run(ctx context.Context, board *Board) {
	defer close(w.out)
	defer w.news.Close()
	for board != nil {
		board = w.show(ctx, board)
	}
}

// show follows the questions of a dashboard until that is another, which it returns; nil at the end.
func (w *boardWatch) show(ctx context.Context, board *Board) *Board {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w.mu.Lock()
	w.shown = map[string]*shown{}
	w.mu.Unlock()
	for _, widget := range board.Widgets {
		w.follow(ctx, widget)
	}
	w.tell(board)
	for {
		select {
		case <-w.wake:
			w.tell(board)
		case _, open := <-w.news.C():
			if !open {
				fault.End(ctx, fault.Unavailable.Wrap(w.news.Err()))
				return nil
			}
			return w.again(ctx, board)
		case <-ctx.Done():
			return nil
		}
	}
}

// again reads the dashboard after a change; nil when it is gone.
func (w *boardWatch) again(ctx context.Context, before *Board) *Board {
	next, err := w.Get(ctx, w.id)
	switch {
	case err == nil:
		return next
	case errors.Is(err, ErrNotFound):
		return nil
	}
	w.deps.Logger.WarnContext(ctx, "a watched dashboard cannot be read", "dashboard_id", w.id, "error", err)
	fault.End(ctx, err)
	return nil
}

// follow watches the question of a widget. One that fails is asked again after a while.
func (w *boardWatch) follow(ctx context.Context, widget *Widget) {
	err := w.watches.join(ctx, widget.asked, &member{
		show: func(a *Analysis) { w.put(ctx, widget.ID, &shown{analysis: a}) },
		end:  func(err error) { w.failed(ctx, widget, err) },
	})
	if err != nil {
		w.put(ctx, widget.ID, &shown{err: err})
	}
}

func (w *boardWatch) failed(ctx context.Context, widget *Widget, err error) {
	if err == nil {
		return // the viewer has left
	}
	w.put(ctx, widget.ID, &shown{err: err})
	timer := time.AfterFunc(widgetRetry, func() {
		if ctx.Err() == nil {
			w.follow(ctx, widget)
		}
	})
	context.AfterFunc(ctx, func() { timer.Stop() })
}

// put leaves what a widget shows now for the goroutine of the watch.
// What comes after the dashboard has become another is none of it.
func (w *boardWatch) put(ctx context.Context, widgetID string, now *shown) {
	w.mu.Lock()
	if ctx.Err() == nil {
		w.shown[widgetID] = now
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// tell puts the dashboard in the place of one that was not read yet, once every widget has something to show.
func (w *boardWatch) tell(board *Board) {
	told := &Board{Dashboard: board.Dashboard, Widgets: make([]*Widget, len(board.Widgets))}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, widget := range board.Widgets {
		now := w.shown[widget.ID]
		if now == nil {
			return
		}
		drawn := *widget
		drawn.shown = now
		told.Widgets[i] = &drawn
	}
	select {
	case <-w.out:
	default:
	}
	w.out <- told
}
