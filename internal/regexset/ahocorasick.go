package regexset

// ahoCorasick finds which of many strings stand in a line, without regard to
// the case of ASCII letters, in one pass. Its size is fixed when it is made.
type ahoCorasick struct {
	class [256]uint8
	width int32
	// next has a row for each state: for each class the next row's offset, doubled,
	// plus 1 when strings end there.
	next []int32
	ends [][]int32 // by row: the numbers of the strings that end there
}

// newAhoCorasick finds words[i] as number numbers[i]. The words are in lower case and not empty.
func newAhoCorasick(words []string, numbers []int32) *ahoCorasick {
	a := &ahoCorasick{width: 1}
	for _, w := range words {
		for i := range len(w) {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint8(a.width) // at most 230: there are no capitals
				a.width++
			}
		}
	}
	for b := byte('A'); b <= 'Z'; b++ {
		a.class[b] = a.class[b+'a'-'A']
	}
	a.row()
	for i, w := range words {
		at := int32(0)
		for j := range len(w) {
			cell := at*a.width + int32(a.class[w[j]])
			if a.next[cell] == 0 {
				row := a.row()
				a.next[cell] = row
			}
			at = a.next[cell]
		}
		a.ends[at] = append(a.ends[at], numbers[i])
	}
	a.link()
	return a
}

func (a *ahoCorasick) row() int32 {
	a.next = append(a.next, make([]int32, a.width)...)
	a.ends = append(a.ends, nil)
	return int32(len(a.ends) - 1)
}

// link completes the rows of the tree, breadth first, with those of the longest
// suffix that is in the tree too, and turns row numbers into cells.
func (a *ahoCorasick) link() {
	suffix := make([]int32, len(a.ends))
	queue := []int32{0}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		for c := range a.width {
			cell, fallback := at*a.width+c, int32(0)
			if at != 0 {
				fallback = a.next[suffix[at]*a.width+c]
			}
			if child := a.next[cell]; child != 0 {
				suffix[child] = fallback
				a.ends[child] = append(a.ends[child], a.ends[fallback]...)
				queue = append(queue, child)
			} else {
				a.next[cell] = fallback
			}
		}
	}
	for cell, row := range a.next {
		a.next[cell] = row * a.width * 2
		if len(a.ends[row]) > 0 {
			a.next[cell]++
		}
	}
}

// scan sets the bits of the strings that stand in line and appends each of their
// numbers once to found. The bits must be zero before.
func (a *ahoCorasick) scan(line []byte, bits bitset, found []int32) []int32 {
	at := int32(0)
	for _, b := range line {
		cell := a.next[at+int32(a.class[b])]
		at = cell >> 1
		if cell&1 == 0 {
			continue
		}
		for _, n := range a.ends[at/a.width] {
			if !bits.has(n) {
				bits.add(n)
				found = append(found, n)
			}
		}
	}
	return found
}
