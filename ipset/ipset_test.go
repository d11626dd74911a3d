package ipset_test

import (
	"net/netip"
	"os/exec"
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
	kerneltest.Run(t, "ipset", "flush") // or a list of sets would keep its members
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

// command runs the ipset command.
func command(t testing.TB, args string) string {
	t.Helper()
	return kerneltest.Run(t, "ipset", strings.Fields(args)...)
}

// restore has the ipset command read lines.
func restore(t testing.TB, lines string) {
	t.Helper()
	cmd := exec.Command("ipset", "restore")
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ipset restore: %v\n%s", err, out)
	}
}

// saved is what `ipset save` prints of a set's elements, without "add SET".
func saved(t testing.TB, set string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(command(t, "save "+set)) {
		if element, found := strings.CutPrefix(line, "add "+set+" "); found {
			lines = append(lines, strings.TrimRight(element, "\n"))
		}
	}
	return lines
}

func element(prefix string, timeout time.Duration, comment string) ipset.Element {
	return ipset.Element{Prefix: netip.MustParsePrefix(prefix), Timeout: timeout, Comment: comment}
}

// alike compares elements whose timeouts run, in no order.
var alike = cmp.Options{
	cmpopts.SortSlices(func(a, b ipset.Element) bool { return a.Prefix.Compare(b.Prefix) < 0 }),
	cmpopts.EquateComparable(netip.Prefix{}),
	cmp.Comparer(func(a, b time.Duration) bool { return (a == 0) == (b == 0) && (a-b).Abs() <= 20*time.Second }),
}

// sameLines compares lines of `ipset save`, in no order.
var sameLines = cmpopts.SortSlices(func(a, b string) bool { return a < b })
