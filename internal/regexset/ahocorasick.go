package regexset

// ahoCorasick finds which of many strings stand in a line, without regard to
// the case of ASCII letters, in one pass. Its size is fixed when it is made.
type ahoCorasick struct {
	class [256]uint8
	width int32
	// next has a row for each state: for each class the next row's offset.
	next []int32
	ends [][]int32 // by row: the numbers of the strings that end there
	// firstEnd is the offset of the first row where strings end: they are the last rows.
	firstEnd int32
	begins   [256]bool // what strings begin with
}

// newAhoCorasick finds words[i] as number numbers[i]. The words are in lower case and not empty.
func newAhoCorasick(words []string, numbers []int32) *ahoCorasick {
	a := &ahoCorasick{width: 1}
	rows := 1
	for _, w := range words {
		rows += len(w) // at most
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
	a.next, a.ends = make([]int32, 0, rows*int(a.width)), make([][]int32, 0, rows)
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
	for b := range a.begins {
		a.begins[b] = a.next[a.class[b]] != 0
	}
	a.link()
	a.arrange()
	return a
}

func (a *ahoCorasick) row() int32 {
	a.next = append(a.next, make([]int32, a.width)...)
	a.ends = append(a.ends, nil)
	return int32(len(a.ends) - 1)
}

// link completes the rows of the tree, breadth first, with those of the longest
// suffix that is in the tree too.
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
}

// arrange moves the rows where strings end to the back and turns the numbers of
// rows into offsets.
func (a *ahoCorasick) arrange() {
	var order []int32
	for _, ends := range []bool{false, true} {
		if ends {
			a.firstEnd = int32(len(order)) * a.width
		}
		for row := range a.ends {
			if len(a.ends[row]) > 0 == ends {
				order = append(order, int32(row))
			}
		}
	}
	place := make([]int32, len(order))
	for i, row := range order {
		place[row] = int32(i)
	}
	next, ends := make([]int32, 0, len(a.next)), make([][]int32, 0, len(a.ends))
	for _, row := range order {
		for _, to := range a.next[row*a.width : (row+1)*a.width] {
			next = append(next, place[to]*a.width)
		}
		ends = append(ends, a.ends[row])
	}
	a.next, a.ends = next, ends
}

// scan sets the bits of the strings that stand in line and appends each of their
// numbers once to found. The bits must be zero before.
func (a *ahoCorasick) scan(line []byte, bits bitset, found []int32) []int32 {
	at := int32(0)
	for i := 0; i < len(line); i++ {
		if at == 0 {
			for i < len(line) && !a.begins[line[i]] {
				i++
			}
			if i == len(line) {
				break
			}
		}
		at = a.next[at+int32(a.class[line[i]])]
		if at < a.firstEnd {
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
