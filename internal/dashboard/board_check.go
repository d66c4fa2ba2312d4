package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/moa-bff/moa/ent"
	"github.com/moa-bff/moa/ent/store"
	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
	"github.com/moa-bff/moa/internal/platform/viewer"
)

// boardChecker gathers what is wrong with a dashboard.
type boardChecker struct {
	kinds  []*Kind
	scope  scope // whose data the dashboard shows
	faults fault.List
}

// title returns a title as it is kept.
func (c *boardChecker) title(text *string, path ...string) string {
	line := ""
	if text != nil {
		line = db.Line(*text)
	}
	if n := utf8.RuneCountInString(line); n < 1 || n > maxTitle {
		c.faults = append(c.faults, ErrTitleInvalid.At(path...))
	}
	return line
}

// widgets returns the widgets as they are kept. Those that name one of before keep its id.
func (c *boardChecker) widgets(inputs []*WidgetInput, before []*Widget) json.RawMessage {
	if len(inputs) > maxWidgets {
		c.faults = append(c.faults, ErrWidgetsInvalid.At("widgets"))
		return nil
	}
	free := map[string]bool{}
	for _, w := range before {
		free[w.ID] = true
	}
	widgets := make([]*Widget, len(inputs))
	for i, in := range inputs {
		path := []string{"widgets", strconv.Itoa(i)}
		w := &Widget{ID: "wdg_" + ulid.Make().String(), Chart: in.Chart, AnalysisInput: in.AnalysisInput}
		if in.ID != nil {
			if w.ID = *in.ID; !free[w.ID] {
				c.faults = append(c.faults, ErrWidgetsInvalid.At(append(path, "id")...))
			}
			free[w.ID] = false
		}
		w.Title = c.title(&in.Title, append(path, "title")...)
		c.question(in.AnalysisInput, append(path, "analysisInput"))
		widgets[i] = w
	}
	text, err := json.Marshal(widgets)
	if err != nil { // no plain struct of texts and finite numbers
		c.faults = append(c.faults, ErrWidgetsInvalid.At("widgets"))
	}
	return text
}

// question names each fault of a question where it stands.
func (c *boardChecker) question(q Question, path []string) {
	_, err := check(c.kinds, q, c.scope)
	for _, f := range fault.BusinessOf(err) {
		c.faults = append(c.faults, f.At(append(append([]string{}, path...), f.Field...)...))
	}
}

// ownStore returns [ErrStoreNotFound] unless the store is one that the viewer's questions see.
func ownStore(ctx context.Context, client *ent.Client, v viewer.Viewer, id *string) error {
	if id == nil {
		return nil
	}
	query := client.Store.Query().Where(store.ID(*id), store.DeletedAtIsNil())
	if !v.IsAdmin() {
		query.Where(store.OwnerID(v.ID))
	}
	found, err := query.Exist(ctx)
	if err != nil {
		return fmt.Errorf("get store %s: %w", *id, err)
	}
	if !found {
		return ErrStoreNotFound.At("storeId")
	}
	return nil
}
