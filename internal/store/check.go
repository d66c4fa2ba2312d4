package store

import (
	"errors"
	"unicode/utf8"

	"github.com/moa-bff/moa/internal/platform/db"
	"github.com/moa-bff/moa/internal/platform/fault"
)

// The longest texts, in letters.
const (
	maxName        = 100
	maxCategory    = 40
	maxDescription = 2000
	maxAddress     = 200
)

// checker gathers what is wrong in an input.
type checker struct{ faults fault.List }

// required returns a line of 1 to limit letters.
func (c *checker) required(text *string, limit int, invalid *fault.Error, field string) string {
	if text == nil {
		c.faults = append(c.faults, invalid.At(field))
		return ""
	}
	line := db.Line(*text)
	if n := utf8.RuneCountInString(line); n < 1 || n > limit {
		c.faults = append(c.faults, invalid.At(field))
	}
	return line
}

// optional returns a text that clean has brought into form, of at most limit letters; nil for none.
func (c *checker) optional(text *string, clean func(string) string, limit int, invalid *fault.Error, field string) *string {
	if text == nil {
		return nil
	}
	kept := clean(*text)
	if utf8.RuneCountInString(kept) > limit {
		c.faults = append(c.faults, invalid.At(field))
	}
	if kept == "" {
		return nil
	}
	return &kept
}

func (c *checker) name(text *string) string {
	return c.required(text, maxName, ErrNameInvalid, "name")
}

func (c *checker) category(text *string) string {
	return c.required(text, maxCategory, ErrCategoryInvalid, "category")
}

func (c *checker) description(text *string) *string {
	return c.optional(text, db.Text, maxDescription, ErrDescriptionInvalid, "description")
}

func (c *checker) address(text *string) *string {
	return c.optional(text, db.Line, maxAddress, ErrAddressInvalid, "address")
}

func (c *checker) location(place *Location) {
	if place != nil && !place.onEarth() {
		c.faults = append(c.faults, ErrLocationInvalid.At("location"))
	}
}

// searchText is what a search for stores looks through.
func searchText(name, category string, address, description *string) string {
	return db.SearchText(name, category, deref(address), deref(description))
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// at names the input field of a fault that names none; other errors pass as they are.
func at(err error, field string) error {
	var f *fault.Error
	if errors.As(err, &f) && len(f.Field) == 0 {
		return f.At(field)
	}
	return err
}
