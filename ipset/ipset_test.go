package ipset_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/ipset"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// dial returns a connection to a kernel without sets.
func dial(t testing.TB) *ipset.Conn {
	t.Helper()
	kerneltest.Require(t, "ipset")
	kerneltest.Run(t, "ipset", "destroy")
	c, err := ipset.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func create(t testing.TB, c *ipset.Conn, s ipset.Spec) {
	t.Helper()
	if err := c.Create(s); err != nil {
		t.Fatal(err)
	}
}

func add(t testing.TB, c *ipset.Conn, set string, elements ...ipset.Element) {
	t.Helper()
	if n, err := c.Add(set, elements); err != nil || n != len(elements) {
		t.Fatalf("added %d of %d: %v", n, len(elements), err)
	}
}

func list(t testing.TB, c *ipset.Conn, set string) []ipset.Element {
	t.Helper()
	var elements []ipset.Element
	err := c.List(set, func(e ipset.Element) bool {
		elements = append(elements, e)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return elements
}

// save is what `ipset save` prints of a set's elements, without "add SET".
func save(t testing.TB, set string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(kerneltest.Run(t, "ipset", "save", set)) {
		if element, found := strings.CutPrefix(line, "add "+set+" "); found {
			lines = append(lines, strings.TrimSpace(element))
		}
	}
	return lines
}

func element(prefix string, timeout time.Duration, comment string) ipset.Element {
	return ipset.Element{Prefix: netip.MustParsePrefix(prefix), Timeout: timeout, Comment: comment}
}

// anyOrder and within compare lists of elements whose timeouts run.
var anyOrder = cmpopts.SortSlices(func(a, b ipset.Element) bool { return a.Prefix.Compare(b.Prefix) < 0 })
var within = cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() <= 5*time.Second })
var prefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestElementsAddedAreListed(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "v4", Comments: true, Counters: true})
	create(t, c, ipset.Spec{Name: "v6", IPv6: true, Comments: true})
	for set, want := range map[string][]ipset.Element{
		"v4": {element("192.0.2.7/32", time.Hour, "failed ssh user"), element("198.51.100.0/24", 0, "")},
		"v6": {element("2001:db8::/64", 12*time.Hour, "web"), element("2001:db8:1::7/128", 0, "x")},
	} {
		add(t, c, set, want...)
		if diff := cmp.Diff(want, list(t, c, set), anyOrder, within, prefixes); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%v", set, diff, save(t, set))
		}
	}
}
