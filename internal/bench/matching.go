package main

import (
	"fmt"

	"syslog-blacklist/rules"
)

const atLeast60 = "≥ 60×"

// matching compares the rules with a loop over the standard library's expressions,
// on lines that are in memory.
func matching(b *bench) ([]answer, error) {
	t := newTraffic(1000)
	var all []answer
	for _, kind := range []struct {
		name     string
		patterns func(int) []string
		line     func() string
	}{
		{"mixed lines (60 % benign)", serverPatterns, func() string { return t.mixed(40) }},
		{"benign lines", serverPatterns, t.benign},
		{"attack lines", serverPatterns, t.attack},
		{"web rules (`.*A.*B`)", webPatterns, t.web},
	} {
		sample := lines(b.pick(4096, 256), kind.line)
		for _, n := range []int{10, 100, 400} {
			d, err := b.match(kind.patterns(n), sample)
			if err != nil {
				return nil, err
			}
			a := answer{what: fmt.Sprintf("match %s, %d rules", kind.name, n), ours: nanoseconds(d.ours), than: "stdlib loop " + nanoseconds(d.theirs), duel: d}
			if n == 400 {
				a.aim = atLeast60
			}
			all = append(all, a)
		}
	}
	growth, err := b.growth(lines(b.pick(4096, 256), func() string { return t.mixed(40) }))
	return append(all, growth), err
}

// match lets both sides go over the lines: ours over all of them, the slow one over
// the next few. It counts the thread's CPU time, which other programs leave alone.
func (b *bench) match(patterns []string, sample [][]byte) (duel, error) {
	ours, err := matcher(patterns, sample)
	if err != nil {
		return duel{}, err
	}
	theirs, err := newLoop(patterns)
	if err != nil {
		return duel{}, err
	}
	few := b.pick(256, 32)
	turn := 0
	return b.faster(ours, func() (float64, error) {
		some := sample[turn*few%len(sample):][:few]
		turn++
		return onThread(few, func() {
			for _, line := range some {
				theirs.match(line)
			}
		})
	})
}

// growth compares 400 rules with 10.
func (b *bench) growth(sample [][]byte) (answer, error) {
	many, err := matcher(serverPatterns(400), sample)
	if err != nil {
		return answer{}, err
	}
	few, err := matcher(serverPatterns(10), sample)
	if err != nil {
		return answer{}, err
	}
	d, err := b.dearer(many, few)
	return answer{what: "match mixed lines, 400 rules", ours: nanoseconds(d.ours), than: "10 rules " + nanoseconds(d.theirs), duel: d, aim: "hardly more"}, err
}

func matcher(patterns []string, sample [][]byte) (side, error) {
	set, err := compile(patterns)
	if err != nil {
		return nil, err
	}
	m, hit := set.Matcher(), new(rules.Hit)
	const rounds = 4
	return func() (float64, error) {
		return onThread(rounds*len(sample), func() {
			for range rounds {
				for _, line := range sample {
					m.Match(line, false, hit)
				}
			}
		})
	}, nil
}
