package ipset_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/kerneltest"
	"syslog-blacklist/ipset"
)

func TestWhatWeAddIsWhatTheCommandPrints(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "v4", Comments: true, Counters: true})
	create(t, c, ipset.Spec{Name: "v6", IPv6: true, Comments: true})
	mapped := netip.PrefixFrom(netip.MustParseAddr("::ffff:203.0.113.5"), 128)
	add(t, c, "v4",
		element("192.0.2.7/32", 0, "failed ssh user"),
		element("198.51.100.77/24", 0, ""),
		element("0.0.0.0/1", 0, ""),
		element("255.255.255.255/32", 0, ""),
		ipset.Element{Prefix: netip.MustParsePrefix("192.0.2.0/28"), NoMatch: true},
		ipset.Element{Prefix: mapped})
	add(t, c, "v6",
		element("2001:db8::1/64", 0, "web, scanner's"),
		element("2001:db8:1::7/128", 0, ""),
		element("8000::/1", 0, ""))
	for set, want := range map[string][]string{
		"v4": {
			`192.0.2.7 timeout 0 packets 0 bytes 0 comment "failed ssh user"`,
			`198.51.100.0/24 timeout 0 packets 0 bytes 0`,
			`0.0.0.0/1 timeout 0 packets 0 bytes 0`,
			`255.255.255.255 timeout 0 packets 0 bytes 0`,
			`192.0.2.0/28 timeout 0 nomatch packets 0 bytes 0`,
			`203.0.113.5 timeout 0 packets 0 bytes 0`,
		},
		"v6": {
			`2001:db8::/64 timeout 0 comment "web, scanner's"`,
			`2001:db8:1::7 timeout 0`,
			`8000::/1 timeout 0`,
		},
	} {
		if diff := cmp.Diff(want, saved(t, set), sameLines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", set, diff)
		}
	}
}

func TestWhatTheCommandAddsIsWhatWeList(t *testing.T) {
	c := dial(t)
	restore(t, `
create v4 hash:net timeout 600 counters comment
add v4 192.0.2.7 packets 3 bytes 18446744073709551614 comment "put by hand"
add v4 198.51.100.0/24 timeout 0 nomatch
add v4 203.0.113.9 timeout 2147483 packets 1
create v6 hash:net family inet6
add v6 2001:db8::/64
add v6 2001:db8:1::7
create ancestor hash:ip timeout 0
add ancestor 192.0.2.1 timeout 50
create cut hash:ip netmask 24
add cut 192.0.2.99
create empty hash:net
`)
	for set, want := range map[string][]ipset.Element{
		"v4": {
			{Prefix: netip.MustParsePrefix("192.0.2.7/32"), Timeout: 10 * time.Minute, Packets: 3, Bytes: 1<<64 - 2, Comment: "put by hand"},
			{Prefix: netip.MustParsePrefix("198.51.100.0/24"), NoMatch: true},
			{Prefix: netip.MustParsePrefix("203.0.113.9/32"), Timeout: ipset.MaxTimeout, Packets: 1},
		},
		"v6":       {element("2001:db8::/64", 0, ""), element("2001:db8:1::7/128", 0, "")},
		"ancestor": {element("192.0.2.1/32", 50*time.Second, "")},
		"cut":      {element("192.0.2.0/24", 0, "")},
		"empty":    nil,
	} {
		if diff := cmp.Diff(want, list(t, c, set), alike); diff != "" {
			t.Errorf("%s (-want +got):\n%s", set, diff)
		}
	}
}

func TestTheLongestTimeoutIsCutToTheKernels(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	for i, timeout := range []time.Duration{ipset.MaxTimeout - time.Hour, ipset.MaxTimeout, ipset.MaxTimeout + 1, 1<<63 - 1} {
		want := ipset.Element{Prefix: host4(i), Timeout: min(timeout, ipset.MaxTimeout)}
		add(t, c, "s", ipset.Element{Prefix: want.Prefix, Timeout: timeout})
		got := list(t, c, "s")
		if diff := cmp.Diff([]ipset.Element{want}, got, alike); diff != "" {
			t.Errorf("timeout %v (-want +got):\n%s", timeout, diff)
		}
		c.Flush("s")
	}
}

func TestForEverIsForEverInASetWithATimeoutOfItsOwn(t *testing.T) {
	c := dial(t)
	command(t, "create s hash:net timeout 600")
	add(t, c, "s", element("192.0.2.7/32", 0, ""))
	if diff := cmp.Diff([]string{"192.0.2.7 timeout 0"}, saved(t, "s")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAddingAgainReplacesAllButTheCounters(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s", Comments: true, Counters: true})
	command(t, "add s 192.0.2.7 timeout 9000 packets 5 bytes 500 comment first")
	want := element("192.0.2.7/32", time.Hour, "second")
	add(t, c, "s", want)
	want.Packets, want.Bytes = 5, 500
	if diff := cmp.Diff([]ipset.Element{want}, list(t, c, "s"), alike); diff != "" {
		t.Errorf("a shorter timeout and another comment (-want +got):\n%s", diff)
	}
	add(t, c, "s", element("192.0.2.7/32", time.Hour, ""))
	want.Comment = ""
	if diff := cmp.Diff([]ipset.Element{want}, list(t, c, "s"), alike); diff != "" {
		t.Errorf("without a comment (-want +got):\n%s", diff)
	}
}

func TestDeletingWhatIsNotThereIsNoError(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	add(t, c, "s", element("192.0.2.7/32", 0, ""), element("192.0.2.0/24", 0, ""), element("198.51.100.1/32", 0, ""))
	gone := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.7/32"),
		netip.MustParsePrefix("203.0.113.1/32"), // never was there
		netip.MustParsePrefix("198.51.100.1/32"),
	}
	if n, err := c.Delete("s", gone); n != 3 || err != nil {
		t.Errorf("deleted %d of 3: %v", n, err)
	}
	if diff := cmp.Diff([]string{"192.0.2.0/24 timeout 0"}, saved(t, "s")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnExpiredElementIsGone(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	add(t, c, "s", element("192.0.2.7/32", time.Second, ""))
	deadline := time.Now().Add(5 * time.Second)
	for {
		there, err := c.Test("s", netip.MustParseAddr("192.0.2.7"))
		if err != nil {
			t.Fatal(err)
		}
		if !there {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("still there after 5 s")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// hostile are comments as nobody should write them, and what is kept.
var hostile = []struct{ comment, want string }{
	{"", ""},
	{"failed ssh user", "failed ssh user"},
	{`say "hello"`, "say hello"},
	{"two\nlines\r\x00\x1b[31m\x7f", "twolines[31m"},
	{"\xff\xfe\xc3", ""},
	{"ok\xffstill ok", "okstill ok"},
	{"\u202eright to left\u200b", "right to left"},
	{"\ufffd is a character", "\ufffd is a character"},
	{`back\slash 'quoted' #`, `back\slash 'quoted' #`},
	{strings.Repeat("c", 255), strings.Repeat("c", 255)},
	{strings.Repeat("c", 256), strings.Repeat("c", 255)},
	{strings.Repeat("ü", 200), strings.Repeat("ü", 127)},
	{strings.Repeat("\n", 1000) + "end", "end"},
	{strings.Repeat("c", 100_000), strings.Repeat("c", 255)},
}

func TestHostileCommentsAreCleanedAndSurviveSaveAndRestore(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s", Comments: true})
	var elements, want []ipset.Element
	for i, h := range hostile {
		elements = append(elements, ipset.Element{Prefix: host4(i), Comment: h.comment})
		want = append(want, ipset.Element{Prefix: host4(i), Comment: h.want})
	}
	add(t, c, "s", elements...)
	if diff := cmp.Diff(want, list(t, c, "s"), alike); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	file := t.TempDir() + "/saved"
	if err := os.WriteFile(file, []byte(command(t, "save")), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "destroy s")
	kerneltest.Run(t, "ipset", "restore", "-file", file)
	if diff := cmp.Diff(want, list(t, c, "s"), alike); diff != "" {
		t.Errorf("after save and restore (-want +got):\n%s", diff)
	}
}

func FuzzCleanCommentIsShortPrintableAndStable(f *testing.F) {
	for _, h := range hostile {
		f.Add(h.comment)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ipset.CleanComment(s)
		switch {
		case len(got) > 255:
			t.Errorf("%d bytes", len(got))
		case !utf8.ValidString(got):
			t.Errorf("%q is not UTF-8", got)
		case strings.ContainsAny(got, "\"\n\r\x00\x1b"):
			t.Errorf("%q holds what ipset save cannot write", got)
		case ipset.CleanComment(got) != got:
			t.Errorf("%q changes when it is cleaned again", got)
		}
	})
}

func TestAHundredThousandElementsGoInAndComeOut(t *testing.T) {
	const count = 100_000
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s", HashSize: count / 4, MaxElem: count, Comments: true})
	want := make(map[netip.Prefix]string, count)
	var elements []ipset.Element
	for i := range count {
		e := ipset.Element{Prefix: host4(i * 7), Timeout: time.Hour, Comment: fmt.Sprint("entry ", i%10)}
		want[e.Prefix] = e.Comment
		elements = append(elements, e)
	}
	add(t, c, "s", elements...)
	for _, e := range list(t, c, "s") {
		if want[e.Prefix] != e.Comment {
			t.Fatalf("%v has comment %q, want %q", e.Prefix, e.Comment, want[e.Prefix])
		}
		delete(want, e.Prefix)
	}
	if len(want) != 0 {
		t.Errorf("%d elements are missing", len(want))
	}
	if got := len(saved(t, "s")); got != count {
		t.Errorf("ipset save prints %d", got)
	}
	var all []netip.Prefix
	for _, e := range elements {
		all = append(all, e.Prefix)
	}
	if n, err := c.Delete("s", all); n != count || err != nil {
		t.Errorf("deleted %d: %v", n, err)
	}
	if h, err := c.Header("s"); err != nil || h.Entries != 0 {
		t.Errorf("then %d are there, %v", h.Entries, err)
	}
}
