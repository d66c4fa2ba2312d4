// Package web holds the built front-end assets, embedded into the binary, so that
// Moa needs neither Node nor a network to show them. The sources are in
// web/graphiql; see web/README.md for how to rebuild.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var built embed.FS

// GraphiQL returns the files of the GraphiQL page: index.html (for /),
// favicon.svg (for /favicon.svg), assets/ (for /graphiql/assets/, whose names
// change with their content and may be cached for ever), and
// THIRD_PARTY_LICENSES.txt, the notices of the libraries inside. The page asks
// /graphiql/config.json, which the server answers, for its endpoint.
func GraphiQL() fs.FS {
	// Sub refuses only paths that are not valid, and this one is.
	dist, _ := fs.Sub(built, "dist")
	return dist
}

//go:embed share/page.html
var share embed.FS

// Share returns the template of the page that shows a shared result.
func Share() fs.FS {
	files, err := fs.Sub(share, "share")
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	return files
}
