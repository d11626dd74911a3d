package main

import (
	"fmt"
	"slices"
)

// A side does its work once and returns what one unit of it cost.
type side func() (cost float64, err error)

// A duel is what came of two sides that took turns: the medians of their costs, and
// the median, the least and the most of the ratios of the turns.
type duel struct {
	ours, theirs     float64
	ratio, low, high float64
}

// faster tells how many times the cost of ours theirs has.
func (b *bench) faster(ours, theirs side) (duel, error) {
	var o, t, r []float64
	// The first turn warms up both: caches, the automaton, the heap.
	for turn := range b.repeats + 1 {
		x, y, err := both(turn%2 == 0, ours, theirs)
		if err != nil {
			return duel{}, err
		}
		if turn == 0 {
			continue
		}
		o, t, r = append(o, x), append(t, y), append(r, y/x)
	}
	return duel{ours: median(o), theirs: median(t), ratio: median(r), low: slices.Min(r), high: slices.Max(r)}, nil
}

// dearer tells how many times the cost of theirs ours has.
func (b *bench) dearer(ours, theirs side) (duel, error) {
	d, err := b.faster(theirs, ours)
	d.ours, d.theirs = d.theirs, d.ours
	return d, err
}

// both lets one side go first, then the other: neither shall always profit from
// what the other left in the caches.
func both(oursFirst bool, ours, theirs side) (o, t float64, err error) {
	if oursFirst {
		if o, err = ours(); err == nil {
			t, err = theirs()
		}
		return o, t, err
	}
	if t, err = theirs(); err == nil {
		o, err = ours()
	}
	return o, t, err
}

func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile returns the value below which q of v lie.
func quantile(v []float64, q float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

func (d duel) spread() string {
	if d.low == d.high {
		return ""
	}
	return fmt.Sprintf("%s – %s", times(d.low), times(d.high))
}
