package main

import (
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// The templates of the file that all share, and of the file of each schema file.
var (
	rootTemplates   = []string{"api!.gotpl", "internal!.gotpl", "directives_.gotpl"}
	schemaTemplates = []string{
		"args.gotpl", "field.gotpl", "input.gotpl", "interface.gotpl", "object.gotpl", "type.gotpl",
		"generated!.gotpl", "directives_.gotpl",
	}
)

// render writes the executor from the templates in the folder, split into files as gqlgen splits it.
func render(data *codegen.Data, templates string) error {
	if err := renderFile(data, "root_.generated.go", filepath.Join(templates, "root"), false); err != nil {
		return err
	}
	for name, part := range split(data) {
		if err := renderFile(part, name, filepath.Join(templates, "schema"), true); err != nil {
			return err
		}
	}
	return nil
}

func renderFile(data *codegen.Data, name, folder string, regions bool) error {
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.DirName, name),
		Data:            data,
		Funcs:           template.FuncMap{"leaf": leaf},
		RegionTags:      regions,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		TemplateFS:      os.DirFS(folder),
		PruneOptions:    data.Config.GetPruneOptions(),
	})
}

// split returns what each schema file declares, by the name of its Go file.
func split(data *codegen.Data) map[string]*codegen.Data {
	parts := map[string]*codegen.Data{}
	part := func(declared *ast.Position) *codegen.Data {
		name := fileName(declared, data.Config)
		if parts[name] == nil {
			cfg := *data.Config
			if declared != nil {
				cfg.Sources = []*ast.Source{declared.Src}
			}
			parts[name] = &codegen.Data{
				Config: &cfg, AllDirectives: data.AllDirectives,
				QueryRoot: data.QueryRoot, MutationRoot: data.MutationRoot, SubscriptionRoot: data.SubscriptionRoot,
				Interfaces: map[string]*codegen.Interface{}, ReferencedTypes: map[string]*config.TypeReference{},
			}
		}
		return parts[name]
	}
	for _, object := range data.Objects {
		p := part(object.Position)
		p.Objects = append(p.Objects, object)
	}
	for _, input := range data.Inputs {
		p := part(input.Position)
		p.Inputs = append(p.Inputs, input)
	}
	for name, abstract := range data.Interfaces {
		part(abstract.Position).Interfaces[name] = abstract
	}
	for name, reference := range data.ReferencedTypes {
		part(reference.Definition.Position).ReferencedTypes[name] = reference
	}
	for _, directive := range data.Directives() {
		if len(directive.Args) > 0 {
			part(directive.Position)
		}
	}
	return parts
}

func fileName(declared *ast.Position, cfg *config.Config) string {
	name := "common!"
	if declared != nil && declared.Src != nil {
		base := filepath.Base(declared.Src.Name)
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	return strings.ReplaceAll(cfg.Exec.FilenameTemplate, "{name}", name)
}
