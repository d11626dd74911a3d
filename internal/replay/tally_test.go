package replay

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type keyCount struct {
	Key   string
	Count int
}

// A model is a tally without an index.
type model struct {
	limit, lost int
	all         []keyCount
}

func (m *model) add(k string, n int) {
	i := slices.IndexFunc(m.all, func(c keyCount) bool { return c.Key == k })
	if i < 0 && len(m.all) == m.limit {
		gone := m.top()[m.limit/2:]
		for _, c := range gone {
			m.lost += c.Count
		}
		m.all = slices.DeleteFunc(m.all, func(c keyCount) bool { return slices.Contains(gone, c) })
	}
	if i < 0 {
		i = len(m.all)
		m.all = append(m.all, keyCount{Key: k})
	}
	m.all[i].Count += n
}

func (m *model) top() []keyCount {
	all := slices.Clone(m.all)
	slices.SortStableFunc(all, func(a, b keyCount) int { return b.Count - a.Count })
	return all
}

func TestATallyKeepsWhoIsFrequentAndForgetsTheRarerHalf(t *testing.T) {
	for _, limit := range []int{2, 7, 100} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(limit)))
			tally, want := newTally[string, int](limit), model{limit: limit}
			for step := range 100 * limit {
				k, n := fmt.Sprint(int(random.ExpFloat64()*float64(limit))), 1+random.IntN(3)
				addBytes(&tally, []byte(k), n).value++
				want.add(k, n)
				if step%limit != 0 {
					continue
				}
				var got []keyCount
				for _, i := range tally.top(limit) {
					got = append(got, keyCount{i.key, i.count})
				}
				if diff := cmp.Diff(want.top(), got); diff != "" || tally.lost != want.lost {
					t.Fatalf("lost %d, want %d; -want +got:\n%s", tally.lost, want.lost, diff)
				}
			}
			if tally.lost == 0 {
				t.Error("nothing was forgotten in this test")
			}
		})
	}
}
