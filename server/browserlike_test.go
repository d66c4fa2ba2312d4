package server_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moa-bff/moa/internal/demo"
)

// page is a browser with cookies, as far as a server can tell.
type page struct {
	*moa
	http.Client
}

func (p *page) do(t *testing.T, query string) answer {
	t.Helper()
	body := marshal(t, map[string]any{"query": query})
	response, err := p.Post(p.url+"/graphql", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	a := answer{Status: response.StatusCode, Header: response.Header}
	require.NoError(t, json.Unmarshal(text, &a))
	return a
}

// TestCookiesCarrySessions walks a browser that keeps no token where a script could read it.
func TestCookiesCarrySessions(t *testing.T) {
	t.Parallel()
	m := start(t)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	p := &page{moa: m, Client: http.Client{Jar: jar}}

	a := p.do(t, `mutation { signIn(input: {email: "user@moa.example", password: "`+demo.Password+`", useCookies: true}) { session { accessToken refreshToken user { name } } userErrors { code } } }`)
	require.Nil(t, a.get(t, "signIn.session.accessToken"))
	require.Nil(t, a.get(t, "signIn.session.refreshToken"))
	set := strings.Join(a.Header.Values("Set-Cookie"), "\n")
	require.Equal(t, 2, strings.Count(set, "HttpOnly"), set)
	require.Equal(t, 2, strings.Count(set, "SameSite="), set)

	require.NotNil(t, p.do(t, `{ viewer { id } }`).get(t, "viewer"))
	require.Empty(t, p.do(t, `mutation { refreshSession(input: {}) { session { user { id } } userErrors { code } } }`).get(t, "refreshSession.userErrors"))
	require.NotNil(t, p.do(t, `{ viewer { id } }`).get(t, "viewer"))
	require.Empty(t, p.do(t, `mutation { signOut(input: {}) { user { id } userErrors { code } } }`).get(t, "signOut.userErrors"))
	require.Nil(t, p.do(t, `{ viewer { id } }`).get(t, "viewer"), "the cookies are gone")

	// A socket cannot set cookies, and says so.
	s := m.guest().subscribe(t, `mutation { signIn(input: {email: "user@moa.example", password: "`+demo.Password+`", useCookies: true}) { session { user { id } } userErrors { code } } }`, nil)
	require.Equal(t, "INVALID_ARGUMENT", s.next(t).code())
	s.close(t)
}

// TestPicturesTravel walks a picture from its announcement to where everybody sees it.
func TestPicturesTravel(t *testing.T) {
	t.Parallel()
	m := start(t)
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8))))
	user := m.as(t, "user")
	announced := user.must(t, `mutation($n: Int!) { createUpload(input: {purpose: AVATAR, contentType: "image/png", byteSize: $n}) { upload { url method headers blobKey } userErrors { code } } }`,
		map[string]any{"n": picture.Len()})
	send := func(body []byte) int {
		address := announced.get(t, "createUpload.upload.url").(string)
		if strings.HasPrefix(address, "/") {
			address = m.url + address
		}
		request, err := http.NewRequestWithContext(t.Context(), announced.get(t, "createUpload.upload.method").(string), address, bytes.NewReader(body))
		require.NoError(t, err)
		for name, value := range announced.get(t, "createUpload.upload.headers").(map[string]any) {
			request.Header.Set(name, value.(string))
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.GreaterOrEqual(t, send([]byte("<script>")), 400, "not what was announced")
	require.Less(t, send(picture.Bytes()), 300)
	require.GreaterOrEqual(t, send(picture.Bytes()), 400, "a key is written once")

	changed := user.must(t, `mutation($k: String!) { updateProfile(input: {avatarKey: $k}) { user { avatarUrl } userErrors { code } } }`,
		map[string]any{"k": announced.get(t, "createUpload.upload.blobKey")})
	shown := changed.get(t, "updateProfile.user.avatarUrl").(string)
	response, err := http.Get(m.url + shown) //nolint:noctx // ends with the server
	require.NoError(t, err)
	bytesShown, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, picture.Bytes(), bytesShown)
	require.Equal(t, "image/png", response.Header.Get("Content-Type"))
	require.Contains(t, response.Header.Get("Cache-Control"), "immutable")
	require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
}
