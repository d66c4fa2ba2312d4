//go:build race

package e2e_test

// raceDetector tells whether the program is built with the race detector, as this test is.
const raceDetector = true
