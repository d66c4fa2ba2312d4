package dataimport

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// rejected is a row that was left out.
type rejected struct {
	row    row
	reason string
}

// rejects is the file of the rows that were left out: the columns of the input, and the reason. It is
// made with the first of them.
type rejects struct {
	path   string
	header []string
	file   *os.File
	csv    *csv.Writer
}

func (r *rejects) write(rows []rejected) error {
	if len(rows) == 0 {
		return nil
	}
	if r.file == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	for _, bad := range rows {
		record := make([]string, max(len(r.header), len(bad.row.fields)), len(r.header)+len(bad.row.fields)+1)
		copy(record, bad.row.fields)
		if err := r.csv.Write(append(record, bad.reason)); err != nil {
			return fmt.Errorf("write the rejects: %w", err)
		}
	}
	return nil
}

// create makes the file beside the input, or in the working directory when it may not write there.
func (r *rejects) create() (err error) {
	r.file, err = os.Create(r.path)
	if err != nil {
		r.path = filepath.Base(r.path)
		r.file, err = os.Create(r.path)
	}
	if err != nil {
		return fmt.Errorf("make a file for the rejects: %w", err)
	}
	r.csv = csv.NewWriter(r.file)
	record := append(append([]string{}, r.header...), "reason")
	return r.csv.Write(record)
}

// close completes the file. When a whole run had nothing to reject, the file of an earlier run goes.
func (r *rejects) close(complete bool) error {
	if r.file == nil {
		if complete {
			_ = os.Remove(r.path) // usually there is none
		}
		return nil
	}
	r.csv.Flush()
	return errors.Join(r.csv.Error(), r.file.Close())
}

// name returns the path of the file; empty when there is none.
func (r *rejects) name() string {
	if r.file == nil {
		return ""
	}
	return r.path
}
