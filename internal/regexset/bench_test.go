package regexset

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// contest measures a set against the loop over the same lines, the two taking
// turns, and reports how many times the loop's time it saves.
func contest(b *testing.B, patterns, loopPatterns []string, lines [][]byte) {
	m, naive := mustCompile(b, patterns), newLoop(loopPatterns)
	// The loop is slow: it runs over a few of the lines, for ten turns at most.
	sample := lines[:64]
	var loopTime time.Duration
	loops, done := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		m.Next(lines[done%len(lines)], 0)
		if done++; done%64 == 0 && loops < 10*len(sample) {
			b.StopTimer()
			start := time.Now()
			for _, line := range sample {
				naive.next(line, 0)
			}
			loopTime += time.Since(start)
			loops += len(sample)
			b.StartTimer()
		}
	}
	if loops > 0 {
		loop := float64(loopTime.Nanoseconds()) / float64(loops)
		b.ReportMetric(loop, "loop-ns/op")
		b.ReportMetric(loop/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "x-loop")
	}
}

// The loop has the loose address, as people write it who have only the loop.
func BenchmarkNext(b *testing.B) {
	t := newTraffic(1)
	for _, kind := range []struct {
		name string
		line func() string
	}{{"mixed", t.mixed}, {"benign", t.benign}, {"attack", t.attack}} {
		lines := lines(1024, kind.line)
		for _, n := range []int{10, 100, 400} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				contest(b, realisticRules(n, address), realisticRules(n, looseAddress), lines)
			})
		}
	}
}

// Lines that the set has not seen, of somebody who wants to make it grow.
func BenchmarkNextOfHostileLines(b *testing.B) {
	lines := lines(1<<16, newTraffic(1).hostile)
	contest(b, realisticRules(400, address), realisticRules(400, looseAddress), lines)
}

// Lines on which a backtracking verifier tries every way to split them.
func BenchmarkNextOfBacktrackingLines(b *testing.B) {
	var patterns []string
	for i := range 100 {
		patterns = append(patterns, fmt.Sprintf(`^\w+: .*select.*from.*where.*\d{%d}$`, 1+i))
	}
	for name, repeat := range map[string]int{"short": 5, "long": 100} {
		var lines [][]byte
		for i := range 64 {
			lines = append(lines, []byte("web: "+strings.Repeat("select from where ", repeat+i%5)))
		}
		b.Run(name, func(b *testing.B) { contest(b, patterns, patterns, lines) })
	}
}

// One pattern that can begin anywhere must not slow the others.
func BenchmarkNextWithOneUnanchored(b *testing.B) {
	const unanchored = `: too many failures by `
	contest(b, append(realisticRules(400, address), unanchored+address),
		append(realisticRules(400, looseAddress), unanchored+looseAddress), lines(1024, newTraffic(1).mixed))
}

func BenchmarkNextOfWebRules(b *testing.B) {
	t := newTraffic(1)
	b.Run("address first", func(b *testing.B) {
		contest(b, webRules(100, `^`, address), webRules(100, `^`, looseAddress), lines(1024, t.web))
	})
	b.Run("tag first", func(b *testing.B) {
		contest(b, webRules(100, `^web: `, address), webRules(100, `^web: `, looseAddress),
			lines(1024, func() string { return "web: " + t.web() }))
	})
}

func BenchmarkCompile(b *testing.B) {
	patterns := mustParse(b, realisticRules(400, address)...)
	b.ReportAllocs()
	for b.Loop() {
		Compile(patterns).NewMatcher()
	}
}
