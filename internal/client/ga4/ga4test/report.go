package ga4test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// pageRows is Google's page when a report names no limit.
const pageRows = 10_000

// Answer is how the server answers one request. The zero Answer is a report without rows.
type Answer struct {
	// Rows are all rows of the report, whatever the page; the server cuts the page that was asked for.
	// Their values stand in the order of the request's dimensions and metrics.
	Rows []Row
	// Sampled, Thresholded and DataLoss are what the metadata says of the rows.
	Sampled, Thresholded, DataLoss bool
	// Status, when set, is answered instead of a report, with Reason such as RESOURCE_EXHAUSTED.
	// Message is Google's sentence, and RetryAfter the delay that it asks for.
	Status          int
	Reason, Message string
	RetryAfter      time.Duration
	// Remaining is what is left of the tokens of the day, where the request asks.
	Remaining int64
	// Stall keeps the answer back until the client has left.
	Stall bool
}

// Row is a row of a report.
type Row struct{ Dimensions, Metrics []string }

type named struct {
	Name string `json:"name"`
}

// report answers one request.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	request, ok := s.read(w, r)
	if !ok {
		return
	}
	tooMany := s.enter(request)
	defer s.leave(request)
	if tooMany {
		refuse(w, Answer{Status: http.StatusTooManyRequests, Reason: "RESOURCE_EXHAUSTED", Message: "Exhausted concurrent requests quota."})
		return
	}
	answer := s.answer(request)
	switch {
	case answer.Stall:
		signal(s.stalled, request.Property)
		select {
		case <-r.Context().Done():
			signal(s.gone, request.Property)
		case <-s.done:
		}
	case answer.Status != 0:
		refuse(w, answer)
	default:
		write(w, http.StatusOK, answer.wire(request))
	}
}

// read reads a request, or refuses it.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (Request, bool) {
	property, isReport := strings.CutSuffix(r.PathValue("call"), ":runReport")
	if !isReport {
		refuse(w, Answer{Status: http.StatusNotFound, Reason: "NOT_FOUND"})
		return Request{}, false
	}
	request := Request{Property: property}
	request.Token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !s.knows(request.Token) {
		refuse(w, Answer{Status: http.StatusUnauthorized, Reason: "UNAUTHENTICATED", Message: "Request had invalid authentication credentials: " + request.Token})
		return Request{}, false
	}
	var body struct {
		Dimensions []named     `json:"dimensions"`
		Metrics    []named     `json:"metrics"`
		Offset     json.Number `json:"offset"`
		Limit      json.Number `json:"limit"`
		WantsQuota bool        `json:"returnPropertyQuota"`
	}
	err := json.NewDecoder(r.Body).Decode(&request.Body)
	if err == nil {
		err = json.Unmarshal(request.Body, &body)
	}
	if err != nil {
		refuse(w, Answer{Status: http.StatusBadRequest, Reason: "INVALID_ARGUMENT", Message: "Invalid JSON payload received."})
		return Request{}, false
	}
	for _, d := range body.Dimensions {
		request.Dimensions = append(request.Dimensions, d.Name)
	}
	for _, m := range body.Metrics {
		request.Metrics = append(request.Metrics, m.Name)
	}
	request.Offset, request.Limit, request.WantsQuota = whole(body.Offset.String()), whole(body.Limit.String()), body.WantsQuota
	return request, true
}

// refuse answers as Google's APIs do when there is no answer.
func refuse(w http.ResponseWriter, answer Answer) {
	said := map[string]any{"code": answer.Status, "message": answer.Message, "status": answer.Reason}
	if answer.RetryAfter > 0 {
		said["details"] = []any{map[string]any{
			"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": fmt.Sprintf("%gs", answer.RetryAfter.Seconds()),
		}}
	}
	write(w, answer.Status, map[string]any{"error": said})
}

// wire returns the page that was asked for as it stands in JSON.
func (a Answer) wire(request Request) map[string]any {
	metadata := map[string]any{"currencyCode": "KRW", "timeZone": "Asia/Seoul"}
	if a.Sampled {
		metadata["samplingMetadatas"] = []any{map[string]any{"samplesReadCount": "500", "samplingSpaceSize": "1000"}}
	}
	if a.Thresholded {
		metadata["subjectToThresholding"] = true
	}
	if a.DataLoss {
		metadata["dataLossFromOtherRow"] = true
	}
	dimensions, metrics := []named{}, []map[string]string{}
	for _, name := range request.Dimensions {
		dimensions = append(dimensions, named{name})
	}
	for _, name := range request.Metrics {
		metrics = append(metrics, map[string]string{"name": name, "type": "TYPE_INTEGER"})
	}
	page := map[string]any{
		"kind": "analyticsData#runReport", "metadata": metadata, "dimensionHeaders": dimensions, "metricHeaders": metrics,
	}
	// Google leaves out what is empty or zero.
	if rows := a.cut(request); len(rows) > 0 {
		page["rows"] = rows
	}
	if len(a.Rows) > 0 {
		page["rowCount"] = len(a.Rows)
	}
	if request.WantsQuota {
		page["propertyQuota"] = a.quota()
	}
	return page
}

// cut returns the rows of the page.
func (a Answer) cut(request Request) []map[string]any {
	limit := request.Limit
	if limit == 0 {
		limit = pageRows
	}
	from := min(request.Offset, int64(len(a.Rows)))
	var rows []map[string]any
	for _, row := range a.Rows[from:min(from+limit, int64(len(a.Rows)))] {
		rows = append(rows, map[string]any{"dimensionValues": values(row.Dimensions), "metricValues": values(row.Metrics)})
	}
	return rows
}

func (a Answer) quota() map[string]any {
	status := func(consumed, remaining int64) map[string]int64 {
		return map[string]int64{"consumed": consumed, "remaining": remaining}
	}
	return map[string]any{
		"tokensPerDay": status(5, a.Remaining), "tokensPerHour": status(5, 39_995), "tokensPerProjectPerHour": status(5, 13_995),
		"concurrentRequests": status(0, atOnce), "serverErrorsPerProjectPerHour": status(0, 10), "potentiallyThresholdedRequestsPerHour": status(0, 120),
	}
}

func values(texts []string) []map[string]string {
	wired := make([]map[string]string, len(texts))
	for i, text := range texts {
		wired[i] = map[string]string{"value": text}
	}
	return wired
}
