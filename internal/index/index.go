// Package index finds numbered values by the hashes of their keys. The keys stay with
// the values, wherever the caller keeps both: a map would hold each key a second time, and
// where there are a million of them its larger cells are what a look-up waits for.
package index

// None is no number.
const None int32 = -1

// Index tells the numbers of values by hashes of 32 bits. Whoever chooses the keys
// must not be able to choose the hashes: they want a seed (hash/maphash). The zero
// Index is empty. It serves one goroutine at a time.
//
// Its parts are tables of open addressing with linear probing. Each doubles by itself,
// so that nobody waits while a million cells are copied.
type Index struct{ parts [parts]part }

const parts = 64

type part struct {
	cells []cell // none, or a power of two; three quarters are used at most
	used  int
}

type cell struct {
	hash   uint32
	number int32 // one more than the value's, so that a fresh cell is free
}

// part is where hash belongs, by its upper bits; the lower ones say where in it.
func (x *Index) part(hash uint32) *part { return &x.parts[hash/(1<<32/parts)] }

// Find returns the number under hash for which is holds, or None.
func (x *Index) Find(hash uint32, is func(number int32) bool) int32 {
	p := x.part(hash)
	if p.used == 0 {
		return None
	}
	for at := p.home(hash); ; at = p.next(at) {
		switch c := p.cells[at]; {
		case c.number == 0:
			return None
		case c.hash == hash && is(c.number-1):
			return c.number - 1
		}
	}
}

// Add puts a number that is not there under hash.
func (x *Index) Add(hash uint32, number int32) {
	p := x.part(hash)
	if p.used++; p.used > len(p.cells)/4*3 {
		p.double()
	}
	p.put(cell{hash, number + 1})
}

// Remove takes the number, which must be there, from under hash. What stands behind
// it moves up, so that no search ends too early.
func (x *Index) Remove(hash uint32, number int32) {
	p := x.part(hash)
	hole := p.home(hash)
	for p.cells[hole].number != number+1 {
		hole = p.next(hole)
	}
	for at := p.next(hole); p.cells[at].number != 0; at = p.next(at) {
		home := p.home(p.cells[at].hash)
		if p.distance(home, at) >= p.distance(hole, at) {
			p.cells[hole] = p.cells[at]
			hole = at
		}
	}
	p.cells[hole] = cell{}
	p.used--
}

func (p *part) home(hash uint32) uint32 { return hash & uint32(len(p.cells)-1) }

func (p *part) next(at uint32) uint32 { return p.home(at + 1) }

func (p *part) distance(from, to uint32) uint32 { return p.home(to - from) }

func (p *part) put(c cell) {
	at := p.home(c.hash)
	for p.cells[at].number != 0 {
		at = p.next(at)
	}
	p.cells[at] = c
}

func (p *part) double() {
	old := p.cells
	p.cells = make([]cell, max(8, 2*len(old)))
	for _, c := range old {
		if c.number != 0 {
			p.put(c)
		}
	}
}
