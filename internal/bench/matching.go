package main

import (
	"fmt"

	"syslog-blacklist/rules"
)

const atLeast60 = "≥ 60×"

// matching compares the rules with a loop over the standard library's expressions,
// on lines that are in memory.
func matching(b *bench) ([]answer, error) {
	sizes := []int{10, 100, 400}
	server, err := contenders(serverPatterns, sizes)
	if err != nil {
		return nil, err
	}
	web, err := contenders(webPatterns, sizes)
	if err != nil {
		return nil, err
	}
	t := newTraffic(1000)
	mixed := func() string { return t.mixed(40) }
	var all []answer
	for _, kind := range []struct {
		name  string
		rules map[int]contender
		line  func() string
	}{
		{"mixed lines (60 % benign)", server, mixed},
		{"benign lines", server, t.benign},
		{"attack lines", server, t.attack},
		{"web rules (`.*A.*B`)", web, t.web},
	} {
		sample := lines(b.pick(4096, 256), kind.line)
		for _, n := range sizes {
			d, err := b.match(kind.rules[n], sample)
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
	growth, err := b.growth(server[400], server[10], lines(b.pick(4096, 256), mixed))
	return append(all, growth), err
}

// contender is one list of patterns, for both sides.
type contender struct {
	set  *rules.Set
	loop loop
}

// contenders compiles lists of each size.
func contenders(patterns func(int) []string, sizes []int) (map[int]contender, error) {
	all := map[int]contender{}
	for _, n := range sizes {
		set, err := compile(patterns(n))
		if err != nil {
			return nil, err
		}
		loop, err := newLoop(patterns(n))
		if err != nil {
			return nil, err
		}
		all[n] = contender{set, loop}
	}
	return all, nil
}

// match lets both sides go over the lines: ours over all of them, the slow one over
// the next few. It counts the thread's CPU time, which other programs leave alone.
func (b *bench) match(c contender, sample [][]byte) (duel, error) {
	few := b.pick(256, 32)
	turn := 0
	return b.faster(matcher(c.set, sample), func() (float64, error) {
		some := sample[turn*few%len(sample):][:few]
		turn++
		return onThread(few, func() {
			for _, line := range some {
				c.loop.match(line)
			}
		})
	})
}

// growth compares many rules with few.
func (b *bench) growth(many, few contender, sample [][]byte) (answer, error) {
	d, err := b.dearer(matcher(many.set, sample), matcher(few.set, sample))
	return answer{what: "match mixed lines, 400 rules", ours: nanoseconds(d.ours), than: "10 rules " + nanoseconds(d.theirs), duel: d, aim: "hardly more"}, err
}

func matcher(set *rules.Set, sample [][]byte) side {
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
	}
}
