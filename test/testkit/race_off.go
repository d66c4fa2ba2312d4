//go:build !race

package testkit

// RaceDetector tells that the tests run under the race detector, which makes everything several times
// as slow.
const RaceDetector = false
