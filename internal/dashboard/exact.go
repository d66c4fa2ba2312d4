package dashboard

import (
	"cmp"
	"math"
	"math/big"
	"regexp"
	"strconv"
)

// number is a whole number of parts, or nothing where the data hold none.
type number struct {
	n  int64
	ok bool
}

// plus returns the sum; nothing adds nothing.
func (a number) plus(b number) number { return number{a.n + b.n, a.ok || b.ok} }

// exactFloat is up to where a float64 holds every whole number.
const exactFloat = 1 << 53

// float returns the measure of a group, the nearest float64 to its exact value; nil for none.
func (m measured) float(nums []number) *float64 {
	above, below := nums[m.of], m.below(nums)
	if !above.ok || !below.ok {
		return nil
	}
	if m.per < 0 && above.n < exactFloat && above.n > -exactFloat {
		x := float64(above.n) / float64(m.ofParts) // both exact, so their quotient is the nearest there is
		return &x
	}
	x, _ := m.exact(nums).Float64()
	return &x
}

// exact returns the measure of a group; nil for none.
func (m measured) exact(nums []number) *big.Rat {
	above, below := nums[m.of], m.below(nums)
	if !above.ok || !below.ok {
		return nil
	}
	x := big.NewRat(above.n, m.ofParts)
	if m.per < 0 {
		return x
	}
	return x.Quo(x, big.NewRat(below.n, m.perParts))
}

// below returns what stands below the line of a ratio: one where the measure is none, nothing for zero.
func (m measured) below(nums []number) number {
	if m.per < 0 {
		return number{1, true}
	}
	below := nums[m.per]
	return number{below.n, below.ok && below.n != 0}
}

// compare orders two groups by the measure; none comes before all values.
func (m measured) compare(a, b []number) int {
	if m.per < 0 {
		x, y := a[m.of], b[m.of]
		if x.ok && y.ok {
			return cmp.Compare(x.n, y.n)
		}
		return compareNone(x.ok, y.ok)
	}
	x, y := m.exact(a), m.exact(b)
	if x != nil && y != nil {
		return x.Cmp(y)
	}
	return compareNone(x != nil, y != nil)
}

func compareNone(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// quotient returns part ÷ whole as the nearest float64; nil when the whole is zero.
func quotient(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	if part < exactFloat && part > -exactFloat && whole < exactFloat && whole > -exactFloat {
		x := float64(part) / float64(whole)
		return &x
	}
	x, _ := big.NewRat(part, whole).Float64()
	return &x
}

func ratOf(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// floatOf returns the nearest float64; nil for nil.
func floatOf(x *big.Rat) *float64 {
	if x == nil {
		return nil
	}
	f, _ := x.Float64()
	return &f
}

// plainNumber is a decimal number as people write it: no fraction, no exponent.
var plainNumber = regexp.MustCompile(`^[+-]?[0-9]{1,18}(\.[0-9]{1,18})?$`)

// decimal reads a number exactly.
func decimal(text string) (*big.Rat, bool) {
	if !plainNumber.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// asWritten returns the shortest decimal number that is x as a float64: who writes 0.7 means seven tenths,
// and not the binary fraction beside it.
func asWritten(x float64) *big.Rat {
	exact, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok || math.IsInf(x, 0) {
		return new(big.Rat)
	}
	return exact
}
