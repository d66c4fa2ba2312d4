package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const runtime = "github.com/moa-bff/moa/internal/platform/exec"

// change replaces one place of a template.
type change struct {
	template string
	why      string
	from, to string
}

// changes are all that differs from gqlgen. Each must match exactly once, so that an upgrade that moves a
// place fails here and not at run time.
var changes = []change{
	{
		template: "generated!.gotpl", why: "the runtime of the changed places",
		from: `{{ reserveImport "context"  }}`,
		to:   `{{ reserveImport "context"  }}{{ reserveImport "` + runtime + `" }}`,
	},
	{
		template: "api!.gotpl", why: "the runtime of the changed places",
		from: `{{ reserveImport "context"  }}`,
		to:   `{{ reserveImport "context"  }}{{ reserveImport "` + runtime + `" }}`,
	},
	{
		template: "internal!.gotpl", why: "each operation has its state",
		from: "type executionContext struct {\n",
		to:   "type executionContext struct {\n\trun exec.Run\n",
	},
	{
		template: "internal!.gotpl", why: "an answer is written in a buffer that has its size already",
		from: "var buf bytes.Buffer\n\t\t\tdata.MarshalGQL(&buf)\n\t\t\tresponse.Data = buf.Bytes()",
		to:   "response.Data = exec.Bytes(data)",
	},
	{
		template: "internal!.gotpl", why: "nobody unmarshals inputs by hand, so no operation builds a map of all of them",
		from: "graphql.BuildUnmarshalerMap(\n\t\t{{- range $input := .Inputs -}}\n\t\t\t{{ if not $input.HasUnmarshal }}\n" +
			"\t\t\t\t{{$.ECDot}}unmarshalInput{{ $input.Name }},\n\t\t\t{{- end }}\n\t\t{{- end }}\n\t)",
		to: "graphql.BuildUnmarshalerMap()",
	},
	{
		template: "internal!.gotpl", why: "what may wait is known from the schema; arguments are known before the resolver is called",
		from: `{{ template "globalMiddleware" . }}`,
		to: `var fieldResolvers = exec.Resolvers{
			{{- range $object := .Objects }}{{ if and $object.HasResolvers (not $object.Root) }}
				{{ $object.Name | quote }}: { {{ range $field := $object.Fields }}{{ if $field.IsConcurrent }}{{ $field.Name | quote }}: {}, {{ end }}{{ end }} },
			{{- end }}{{ end }}
			}

			func (ec *executionContext) resolverArguments(ctx context.Context, object, field string, raw map[string]any) (map[string]any, error) {
				switch object + "." + field {
				{{- range $object := .Objects }}{{ if not $object.Root }}{{ range $field := $object.Fields }}{{ if and $field.IsResolver $field.Args }}
				case "{{ $object.Name }}.{{ $field.Name }}":
					return ec.{{ $field.ArgsFunc }}(ctx, raw)
				{{- end }}{{ end }}{{ end }}{{ end }}
				}
				return nil, nil
			}
			{{ template "globalMiddleware" . }}`,
	},
	{
		template: "field.gotpl", why: "no closures are kept and no interceptors called below the root fields",
		from: `return graphql.{{ $field.ResolveFieldFunc }}(`,
		to:   `return {{ if or $object.Root ($.AllDirectives.LocationDirectives "FIELD") $field.HasDirectives }}graphql.{{ $field.ResolveFieldFunc }}{{ else }}exec.ResolveField{{ end }}(`,
	},
	{
		template: "field.gotpl", why: "what is below a root field is looked ahead before it is written",
		from: `v {{ $field.TypeReference.GO | ref }}) graphql.Marshaler { return`,
		to: `v {{ $field.TypeReference.GO | ref }}) graphql.Marshaler {
				{{- if and $object.Root $field.TypeReference.Definition.IsCompositeType (not $field.IsReserved) }}
				ec.run.LookAhead(ctx, ec.OperationContext, ec.Schema(), ec.resolverArguments, field, v)
				{{- end }}
				return`,
	},
	{
		template: "field.gotpl", why: "no error is made for each scalar",
		from: `return graphql.NewScalarFieldContext({{quote $field.Object.Name}}, field, {{or $field.IsMethod $field.IsResolver}}, {{ $field.IsResolver }}, ` +
			`errors.New("field of type {{ $field.TypeReference.Definition.Name }} does not have child fields"))`,
		to: `return exec.ScalarFieldContext({{quote $field.Object.Name}}, field, {{or $field.IsMethod $field.IsResolver}}, {{ $field.IsResolver }})`,
	},
	{
		template: "object.gotpl", why: "fields are collected once for each place of the document",
		from: "fields := graphql.CollectFields(ec.OperationContext, sel, {{$object.Name|lcFirst}}Implementors)\n\t{{- if $object.Root }}",
		to:   "plan := ec.run.Plan(ec.OperationContext, sel, {{$object.Name|quote}}, {{$object.Name|lcFirst}}Implementors)\n\tfields := plan.Fields\n\t{{- if $object.Root }}",
	},
	{
		template: "object.gotpl", why: "nothing is prepared for @defer where nothing is deferred",
		from: "deferredFieldSet := graphql.NewFieldSet(nil)\n\tdeferLabelToView := make(map[string]*graphql.FieldSetView)",
		to:   "deferredFieldSet, deferLabelToView := plan.Deferring()",
	},
	{
		template: "object.gotpl", why: "what is read from a struct needs no context of its own",
		from: `out.Values[i] = {{$.ECDot}}_{{$object.Name}}_{{$field.Name}}(ctx, {{$.ECArg}}field, obj)`,
		to: `{{- $leaf := leaf $field }}
					{{- if and $leaf (not ($.AllDirectives.LocationDirectives "FIELD")) }}
					var value graphql.Marshaler
					{{ $leaf }}
					{{- if $field.TypeReference.GQL.NonNull }}
					if value == graphql.Null {
						value = {{$.ECDot}}_{{$object.Name}}_{{$field.Name}}(ctx, {{$.ECArg}}field, obj)
					}
					{{- end }}
					out.Values[i] = value
					{{- else }}
					out.Values[i] = {{$.ECDot}}_{{$object.Name}}_{{$field.Name}}(ctx, {{$.ECArg}}field, obj)
					{{- end }}`,
	},
	{
		template: "object.gotpl", why: "a resolver that waits for nothing is called at once",
		from: "\t\t\t\tfield := field\n\n\t\t\t\tinnerFunc :=",
		to: `
				{{- if not $object.Root }}
				if plan.Ready(i) && !field.IsDeferred() {
					out.Values[i] = {{$.ECDot}}_{{$object.Name}}_{{$field.Name}}(ctx, {{$.ECArg}}field, obj)
					{{- if $field.TypeReference.GQL.NonNull }}
					if out.Values[i] == graphql.Null { {{ $object.InvalidsIncrement "out" }} }
					{{- end }}
					continue
				}
				{{- end }}
				field := field

				innerFunc :=`,
	},
	{
		template: "object.gotpl", why: "an object, its fields and their values are one allocation, and the names are prepared",
		from: "out := graphql.NewFieldSet(fields)",
		to:   "answer := plan.Object()\n\tout := &answer.FieldSet",
	},
	{
		template: "object.gotpl", why: "no path is built where nothing is deferred",
		from: "if out.Invalids > 0 { return graphql.Null }\n",
		to:   "if out.Invalids > 0 { return graphql.Null }\n\tif deferLabelToView == nil { return answer }\n",
	},
	{
		template: "object.gotpl", why: "the object writes itself",
		from: "return out\n",
		to:   "return answer\n",
	},
	{
		template: "type.gotpl", why: "lists of what waits for nothing are written in sequence",
		from: `graphql.MarshalSliceConcurrently(ctx, len(v),`,
		to: `exec.MarshalSlice(ctx, {{ if and (eq $type.Elem.Definition.Kind "OBJECT") (not $type.Elem.IsSlice) -}}
				ec.run.Waits(ec.OperationContext, sel, {{ $type.Elem.Definition.Name | quote }}, {{ $type.Elem.Definition.Name | lcFirst }}Implementors, fieldResolvers)
				{{- else }}true{{ end }}, len(v),`,
	},
}

// changedTemplates writes gqlgen's templates with the changes into a temporary folder: those of the root
// file in root/, those of the schema files in schema/.
func changedTemplates(ctx context.Context) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/99designs/gqlgen").Output()
	if err != nil {
		return "", fmt.Errorf("find gqlgen: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(module)), "codegen")
	folder, err := os.MkdirTemp("", "execgen")
	if err != nil {
		return "", err
	}
	for part, names := range map[string][]string{"root": rootTemplates, "schema": schemaTemplates} {
		if err := os.Mkdir(filepath.Join(folder, part), 0o750); err != nil {
			return "", err
		}
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(source, name))
			if err != nil {
				return "", err
			}
			changed, err := apply(name, string(text), changes)
			if err != nil {
				return "", err
			}
			if err := os.WriteFile(filepath.Join(folder, part, name), []byte(changed), 0o600); err != nil { //nolint:gosec // a folder of our own
				return "", err
			}
		}
	}
	return folder, nil
}

// apply makes the changes that are for the template.
func apply(name, text string, all []change) (string, error) {
	for _, c := range all {
		if c.template != name {
			continue
		}
		if n := strings.Count(text, c.from); n != 1 {
			return "", fmt.Errorf("%s of gqlgen has %d places instead of one for the change %q", name, n, c.why)
		}
		text = strings.Replace(text, c.from, c.to, 1)
	}
	return text, nil
}
