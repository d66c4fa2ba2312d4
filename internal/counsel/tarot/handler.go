package tarot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// linkWidth is how many pixels wide the PNG pictures of the handler are.
const linkWidth = 600

// forever lets every cache keep a picture. A drawing that changes is shown at another address: put a
// query after it, which the handler ignores.
const forever = "public, max-age=31536000, immutable"

// picture is a file as it is served.
type picture struct {
	contentType string
	bytes       []byte
	tag         string // the entity tag (RFC 9110 §8.8.3)
}

// Handler shows the cards at GET and HEAD /cards/{index}.svg and /cards/{index}.png, 600 pixels wide,
// and the back at /cards/back.svg. Each picture is made when it is first asked for and then kept: 157
// of them at most.
func Handler() http.Handler {
	pictures := shelf()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cards/{file}", func(w http.ResponseWriter, r *http.Request) {
		paint, ok := pictures[r.PathValue("file")]
		if !ok {
			refuse(w, http.StatusNotFound)
			return
		}
		p, err := paint()
		if err != nil {
			refuse(w, http.StatusInternalServerError)
			return
		}
		p.show(w, r)
	})
	return mux
}

// shelf returns all pictures by their file names, each to be made once.
func shelf() map[string]func() (picture, error) {
	var painting sync.Mutex // one at a time: a crowd of link previews does not take all processors
	paint := func(index int) ([]byte, error) {
		painting.Lock()
		defer painting.Unlock()
		return PNG(index, linkWidth)
	}
	pictures := make(map[string]func() (picture, error), 2*Size+1)
	add := func(name, contentType string, draw func() ([]byte, error)) {
		pictures[name] = sync.OnceValues(func() (picture, error) {
			data, err := draw()
			sum := sha256.Sum256(data)
			return picture{contentType, data, `"` + hex.EncodeToString(sum[:8]) + `"`}, err
		})
	}
	for i := range Size {
		name := strconv.Itoa(i)
		add(name+".svg", "image/svg+xml", func() ([]byte, error) { return SVG(i), nil })
		add(name+".png", "image/png", func() ([]byte, error) { return paint(i) })
	}
	add("back.svg", "image/svg+xml", func() ([]byte, error) { return Back(), nil })
	return pictures
}

// show serves the picture as what it is and nothing else: no browser may run it as a page.
func (p picture) show(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", p.contentType)
	header.Set("Cache-Control", forever)
	header.Set("Etag", p.tag)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin") // pictures are shown on other origins
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.bytes))
}

// refuse answers with a status alone, which no cache may keep.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
