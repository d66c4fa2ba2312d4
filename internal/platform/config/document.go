package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Document returns a Markdown table of every setting, in the order of the struct.
func Document() string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	document(&b, reflect.TypeFor[Config]())
	return b.String()
}

func document(b *strings.Builder, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, ok := field.Tag.Lookup("env")
		if !ok {
			document(b, field.Type)
			continue
		}
		value := field.Tag.Get("envDefault")
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, value, field.Tag.Get("help"))
	}
}
