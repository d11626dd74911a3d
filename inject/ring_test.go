package inject

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The ring must be what a slice would be that forgets its oldest lines.
func TestTheRingKeepsTheNewestLinesInOrderAndCountsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(64, 300).Draw(t, "size")
		r := newRing(size)
		var model []string
		var lost, used int
		for i := range rapid.IntRange(0, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") {
				line := fmt.Sprint(i, strings.Repeat("x", rapid.IntRange(0, 40).Draw(t, "length")))
				r.push(time.Unix(0, int64(i)), []byte(line))
				model = append(model, line)
				used += ringHeader + len(line)
				for used > size {
					used -= ringHeader + len(model[0])
					model = model[1:]
					lost++
				}
				continue
			}
			line, at, ok, done := r.pop([]byte("dst "))
			if ok != (len(model) > 0) || done {
				t.Fatalf("pop: %v, %v with %d lines waiting", ok, done, len(model))
			}
			if !ok {
				continue
			}
			if string(line) != "dst "+model[0] || !strings.HasPrefix(model[0], fmt.Sprint(at.UnixNano())) {
				t.Fatalf("pop: %q of %v, want %q", line, at.UnixNano(), model[0])
			}
			used -= ringHeader + len(model[0])
			model = model[1:]
		}
		if got := r.len(); got != uint64(len(model)) {
			t.Fatalf("%d lines wait, want %d", got, len(model))
		}
		if got := r.takeLost(); got != uint64(lost) {
			t.Fatalf("%d lines lost, want %d", got, lost)
		}
	})
}

func TestAClosedRingIsDoneWhenItIsEmpty(t *testing.T) {
	r := newRing(100)
	r.push(time.Now(), []byte("last"))
	r.close()
	if _, _, ok, done := r.pop(nil); !ok || done {
		t.Errorf("with a line waiting: %v, %v", ok, done)
	}
	if _, _, ok, done := r.pop(nil); ok || !done {
		t.Errorf("empty: %v, %v", ok, done)
	}
}

func BenchmarkRing(b *testing.B) {
	r := newRing(RingSize)
	line := []byte(strings.Repeat("x", 150))
	now := time.Now()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		r.push(now, line)
		dst, _, _, _ = r.pop(dst[:0])
	}
}
