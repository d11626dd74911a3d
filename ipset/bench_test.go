package ipset_test

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"syslog-blacklist/ipset"
)

const benchCount = 50_000

func benchElements() []ipset.Element {
	elements := make([]ipset.Element, benchCount)
	for i := range elements {
		scattered := uint32(i+1) * 2654435761
		addr := netip.AddrFrom4([4]byte{byte(scattered>>24) | 1, byte(scattered >> 16), byte(scattered >> 8), byte(scattered)})
		elements[i] = ipset.Element{Prefix: netip.PrefixFrom(addr, 32), Timeout: time.Hour, Comment: "sshd: failed password"}
	}
	return elements
}

var benchSpec = ipset.Spec{Name: "bench", HashSize: benchCount / 4, MaxElem: 2 * benchCount, Comments: true, Counters: true}

// BenchmarkAdd adds new elements to an empty set, and has the ipset command
// add the same ones from its standard input, in turn.
func BenchmarkAdd(b *testing.B) {
	c := dial(b)
	create(b, c, benchSpec)
	elements := benchElements()
	var lines strings.Builder
	for _, e := range elements {
		fmt.Fprintf(&lines, "add bench %v timeout 3600 comment %q\n", e.Prefix.Addr(), e.Comment)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		add(b, c, "bench", elements...)
		ours += time.Since(start)
		c.Flush("bench")

		cmd := exec.Command("ipset", "-exist", "restore")
		cmd.Stdin = strings.NewReader(lines.String())
		start = time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(start)
		c.Flush("bench")
	}
	b.ReportMetric(float64(b.N*benchCount)/ours.Seconds(), "elements/s")
	b.ReportMetric(float64(b.N*benchCount)/theirs.Seconds(), "restored/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-restore")
}

// BenchmarkAddOne adds one element a message, as a lone attacker costs.
func BenchmarkAddOne(b *testing.B) {
	c := dial(b)
	create(b, c, benchSpec)
	elements := benchElements()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Add("bench", elements[i%benchCount:i%benchCount+1]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkList reads a full set, and has the ipset command print it, in turn.
func BenchmarkList(b *testing.B) {
	c := dial(b)
	create(b, c, benchSpec)
	add(b, c, "bench", benchElements()...)
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		n := 0
		if err := c.List("bench", func(ipset.Element) bool { n++; return true }); err != nil || n < benchCount*99/100 {
			b.Fatal(n, err)
		}
		ours += time.Since(start)

		start = time.Now()
		if err := exec.Command("ipset", "save", "bench").Run(); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(b.N*benchCount)/ours.Seconds(), "elements/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-save")
}
