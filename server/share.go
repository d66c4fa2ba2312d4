package server

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"github.com/moa-bff/moa/internal/counsel"
	"github.com/moa-bff/moa/internal/platform/calendar"
	"github.com/moa-bff/moa/web"
)

// sharePolicy lets the page show its own pictures and styles, and nothing else (Content Security Policy
// Level 3).
const sharePolicy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// sharePage is what the page of a shared result shows: nothing of who shared it. Without an Image it is no result,
// and nothing that previews of links show.
type sharePage struct {
	Language, Locale, Brand, Title, Description, Image, URL, Date, Footer string

	Cards  []shareCard
	Voices []shareVoice
}

type shareCard struct {
	Name, Picture, Lies string
	Reversed            bool
}

type shareVoice struct{ Author, Name, Text string }

// shared answers GET /s/{token}: the public page of a result, with what KakaoTalk and others show of a link
// (https://ogp.me).
func (a *App) shared(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", sharePolicy)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Robots-Tag", "noindex")
	header.Set("Cache-Control", "private, no-store") // a link can be revoked
	result, err := a.counsel.Shared(r.Context(), r.PathValue("token"))
	if err != nil {
		a.notShared(w, r, err)
		return
	}
	a.writeShared(w, http.StatusOK, a.pageOf(r, result))
}

// notShared says that a link does not work and why that may be, in the reader's language.
func (a *App) notShared(w http.ResponseWriter, r *http.Request, err error) {
	status, title, why := http.StatusNotFound, "share.gone", "share.gone.why"
	if !errors.Is(err, counsel.ErrNotFound) {
		a.logger.ErrorContext(r.Context(), "a shared result cannot be shown", "error", err)
		status, title, why = http.StatusServiceUnavailable, "share.away", "UNAVAILABLE"
	}
	tag := a.words.Match(r.Header.Get("Accept-Language"))
	a.writeShared(w, status, sharePage{
		Language: tag.String(), Brand: a.words.Say(tag, "share.brand"), Title: a.words.Say(tag, title),
		Footer: a.words.Say(tag, why),
	})
}

// pageOf phrases a result in the language of its session.
func (a *App) pageOf(r *http.Request, result *counsel.Result) sharePage {
	tag, origin := result.Language, a.originOf(r)
	page := sharePage{
		Language: tag.String(), Locale: localeIn(tag), Brand: a.words.Say(tag, "share.brand"),
		Title: result.Title, Description: result.Description,
		Image: origin + result.ImagePath, URL: origin + r.URL.Path,
		Date: dateIn(tag, calendar.DateOf(result.Date)), Footer: a.words.Say(tag, "share.footer"),
	}
	for _, c := range result.Cards {
		page.Cards = append(page.Cards, shareCard{
			Name: c.Card.Name(tag), Picture: fmt.Sprintf("/cards/%d.svg", c.Card.Index),
			Reversed: c.Reversed, Lies: a.words.Say(tag, "share.reversed"),
		})
	}
	for _, v := range result.Voices {
		author := string(v.Author)
		page.Voices = append(page.Voices, shareVoice{Author: author, Name: a.words.Say(tag, "share.voice."+author), Text: v.Text})
	}
	return page
}

// originOf returns where the world sees this server: previews of links need whole addresses.
func (a *App) originOf(r *http.Request) string {
	if a.config.PublicURL != "" {
		return strings.TrimRight(a.config.PublicURL, "/")
	}
	return "http://" + r.Host
}

// localeIn names a language as previews of links do: with a country (https://ogp.me).
func localeIn(tag language.Tag) string {
	if tag == language.Korean {
		return "ko_KR"
	}
	return "en_US"
}

func dateIn(tag language.Tag, day calendar.Date) string {
	if tag == language.Korean {
		return day.Start().In(calendar.Seoul).Format("2006년 1월 2일")
	}
	return day.Start().In(calendar.Seoul).Format("January 2, 2006")
}

// sharedTemplate is parsed once.
var sharedTemplate = template.Must(template.ParseFS(web.Share(), "page.html"))

// writeShared writes a page, or nothing of it when it does not come together.
func (a *App) writeShared(w http.ResponseWriter, status int, page sharePage) {
	var body bytes.Buffer
	if err := sharedTemplate.Execute(&body, page); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the reader may be gone
}
