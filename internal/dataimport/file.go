package dataimport

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// row is a line of the file.
type row struct {
	fields []string
	index  map[string]int
}

// get returns the value of a column without the white space around it.
func (r row) get(column string) string { return strings.TrimSpace(r.fields[r.index[column]]) }

// input is an opened file.
type input struct {
	file   *counted
	csv    *csv.Reader
	header []string
	index  map[string]int
	size   int64
}

// counted counts the bytes that were read.
type counted struct {
	*os.File
	n int64
}

// Read implements [io.Reader].
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.n += int64(n)
	return n, err
}

// The first bytes of gzip files (RFC 1952 §2.3.1) and of UTF-8 text with a byte order mark.
var (
	gzipMagic     = []byte{0x1f, 0x8b}
	byteOrderMark = []byte{0xef, 0xbb, 0xbf}
)

// open opens a CSV file (RFC 4180), plain or gzip, and reads its header, which must have the columns.
func open(path string, columns []string) (*input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{file: &counted{File: file}}
	if err := in.start(columns); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return in, nil
}

func (in *input) start(columns []string) error {
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	in.size = info.Size()
	text := bufio.NewReaderSize(in.file, 1<<16)
	if magic, _ := text.Peek(len(gzipMagic)); bytes.Equal(magic, gzipMagic) {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return err
		}
		text = bufio.NewReaderSize(unpacked, 1<<16)
	}
	if mark, _ := text.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = text.Discard(len(byteOrderMark))
	}
	in.csv = csv.NewReader(text)
	in.csv.FieldsPerRecord = -1
	return in.readHeader(columns)
}

func (in *input) readHeader(columns []string) error {
	header, err := in.csv.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	in.header, in.index = header, map[string]int{}
	for i, name := range header {
		in.index[strings.TrimSpace(name)] = i
	}
	missing := slices.DeleteFunc(slices.Clone(columns), func(name string) bool {
		_, ok := in.index[name]
		return ok
	})
	if len(missing) > 0 {
		return fmt.Errorf("the columns %s are missing: the header has %s", strings.Join(missing, ", "), strings.Join(header, ", "))
	}
	return nil
}

// next returns up to n rows, and lines that are no rows. Both are empty at the end of the file.
func (in *input) next(n int) (rows []row, broken []rejected, err error) {
	for len(rows)+len(broken) < n {
		fields, err := in.csv.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return rows, broken, nil
		case errors.As(err, &syntax):
			broken = append(broken, rejected{row{fields: fields}, fmt.Sprintf("line %d: %v", syntax.Line, syntax.Err)})
		case err != nil:
			return nil, nil, err
		case len(fields) != len(in.header):
			broken = append(broken, rejected{row{fields: fields}, fmt.Sprintf("it has %d fields, the header has %d", len(fields), len(in.header))})
		default:
			rows = append(rows, row{fields, in.index})
		}
	}
	return rows, broken, nil
}

// position returns how many bytes of the file were read.
func (in *input) position() int64 { return in.file.n }

// Close closes the file.
func (in *input) Close() error { return in.file.Close() }
