package ledger

// An index finds values of a slab by the hashes of their keys, which it leaves to the
// slab: a map would hold each key a second time. Its parts are tables of open
// addressing with linear probing. Each doubles by itself, so that the ledger is never
// held while a million cells are copied.
type index struct{ parts [parts]part }

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
func (x *index) part(hash uint32) *part { return &x.parts[hash/(1<<32/parts)] }

// find returns the number under hash for which is holds, or none.
func (x *index) find(hash uint32, is func(number int32) bool) int32 {
	p := x.part(hash)
	if p.used == 0 {
		return none
	}
	for at := p.home(hash); ; at = p.next(at) {
		switch c := p.cells[at]; {
		case c.number == 0:
			return none
		case c.hash == hash && is(c.number-1):
			return c.number - 1
		}
	}
}

// add puts a number that is not there under hash.
func (x *index) add(hash uint32, number int32) {
	p := x.part(hash)
	if p.used++; p.used > len(p.cells)/4*3 {
		p.double()
	}
	p.put(cell{hash, number + 1})
}

// remove takes the number, which must be there, from under hash. What stands behind
// it moves up, so that no search ends too early.
func (x *index) remove(hash uint32, number int32) {
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
