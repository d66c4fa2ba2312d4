package tarot_test

import (
	"testing"

	"github.com/moa-bff/moa/internal/counsel/tarot"
)

func BenchmarkPNG(b *testing.B) {
	for b.Loop() {
		if _, err := tarot.PNG(18, 600); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	for b.Loop() {
		tarot.SVG(18)
	}
}

func BenchmarkPreview(b *testing.B) {
	for b.Loop() {
		if _, err := tarot.Preview([]int{6, 17, 55}); err != nil {
			b.Fatal(err)
		}
	}
}
