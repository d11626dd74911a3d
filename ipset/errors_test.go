package ipset_test

import (
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"syslog-blacklist/ipset"
)

func TestEveryRefusalNamesTheObjectAndTheRemedy(t *testing.T) {
	c := dial(t)
	restore(t, `
create v4 hash:net timeout 0
create other hash:net timeout 0
create v6 hash:net family inet6 timeout 0
create old hash:net
create ports hash:ip,port timeout 0
add ports 192.0.2.1,tcp:80
create single hash:ip timeout 0
create union list:set
add union v4
create tiny hash:net timeout 0 comment maxelem 1
add tiny 192.0.2.1
`)
	add := func(set string, e ipset.Element) error {
		n, err := c.Add(set, []ipset.Element{e})
		if n != 0 {
			t.Errorf("add to %s: n is %d", set, n)
		}
		return err
	}
	remove := func(set, prefix string) error {
		_, err := c.Delete(set, []netip.Prefix{netip.MustParsePrefix(prefix)})
		return err
	}
	test := func(set, addr string) error {
		_, err := c.Test(set, netip.MustParseAddr(addr))
		return err
	}
	header := func(set string) error { _, err := c.Header(set); return err }
	list := func(set string) error { return c.List(set, func(ipset.Element) bool { return true }) }
	address := element("192.0.2.7/32", time.Hour, "")

	for _, test := range []struct {
		err   error
		is    error
		errno syscall.Errno
		words string
	}{
		{c.Create(ipset.Spec{Name: "v4"}), ipset.ErrExist, syscall.EEXIST,
			"create set v4: a set of that name exists"},
		{c.Create(ipset.Spec{Name: "ports"}), ipset.ErrExist, syscall.EEXIST,
			"create set ports: a set of that name exists"},
		{c.Create(ipset.Spec{Name: strings.Repeat("n", 32)}), ipset.ErrName, 0,
			`create set "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn": not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes`},
		{c.Create(ipset.Spec{Name: ""}), ipset.ErrName, 0,
			`create set "": not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes`},
		{c.Create(ipset.Spec{Name: "huge", HashSize: 1 << 31}), syscall.ENOMEM, syscall.ENOMEM,
			"create set huge: cannot allocate memory"},
		{c.Destroy("none"), ipset.ErrNotExist, syscall.ENOENT,
			"destroy set none: no such set"},
		{c.Destroy("v4"), ipset.ErrInUse, 4100,
			"destroy set v4: the set is in use by a firewall rule or another set: remove that first (kernel error 4100)"},
		{c.Flush("none"), ipset.ErrNotExist, syscall.ENOENT,
			"flush set none: no such set"},
		{c.Flush("a\nb"), ipset.ErrName, 0,
			`flush set "a\nb": not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes`},
		{c.Swap("none", "v4"), ipset.ErrNotExist, syscall.ENOENT,
			"swap set none: no such set"},
		{c.Swap("v4", "none"), ipset.ErrNotExist, 4101,
			"swap set v4 with none: no such set (kernel error 4101)"},
		{c.Swap("other", "single"), ipset.ErrType, 4102,
			"swap set other with single: the set is of another type: see what `ipset list -t` says of it (kernel error 4102)"},
		{c.Swap("v4", "v6"), ipset.ErrType, 4102,
			"swap set v4 with v6: the set is of another type: see what `ipset list -t` says of it (kernel error 4102)"},
		{c.Swap("v4", "a b"), ipset.ErrName, 0,
			`swap set "a b": not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes`},
		{header("none"), ipset.ErrNotExist, syscall.ENOENT,
			"list set none: no such set"},
		{list("none"), ipset.ErrNotExist, syscall.ENOENT,
			"list set none: no such set"},
		{list("ports"), ipset.ErrType, 0,
			"list set ports: the set is of another type: see what `ipset list -t` says of it"},
		{list("union"), ipset.ErrType, 0,
			"list set union: the set is of another type: see what `ipset list -t` says of it"},
		{add("none", address), ipset.ErrNotExist, syscall.ENOENT,
			"add to set none: no such set"},
		{add("a b", address), ipset.ErrName, 0,
			`add to set "a b": not a set's name: 1 to 31 bytes of printable ASCII without blanks and quotes`},
		{add("v4", element("2001:db8::/64", 0, "")), ipset.ErrFamily, 4097,
			"add 2001:db8::/64 to set v4: the set does not take it: it holds the other address family, or is of another type (kernel error 4097)"},
		{add("v6", address), ipset.ErrFamily, 4097,
			"add 192.0.2.7/32 to set v6: the set does not take it: it holds the other address family, or is of another type (kernel error 4097)"},
		{add("ports", address), ipset.ErrFamily, 4097,
			"add 192.0.2.7/32 to set ports: the set does not take it: it holds the other address family, or is of another type (kernel error 4097)"},
		{add("union", address), ipset.ErrType, 4097,
			"add to set union: the set is of another type: see what `ipset list -t` says of it (kernel error 4097)"},
		{add("v4", element("0.0.0.0/0", 0, "")), ipset.ErrPrefix, 0,
			"add 0.0.0.0/0 to set v4: not a network that a set can hold: a length of 1 or more is needed"},
		{add("v6", element("::ffff:0.0.0.0/96", 0, "")), ipset.ErrPrefix, 0,
			"add ::ffff:0.0.0.0/96 to set v6: not a network that a set can hold: a length of 1 or more is needed"},
		{add("v4", ipset.Element{}), ipset.ErrPrefix, 0,
			"add invalid Prefix to set v4: not a network that a set can hold: a length of 1 or more is needed"},
		{add("single", element("0.0.0.0/32", 0, "")), ipset.ErrPrefix, 4353,
			"add 0.0.0.0/32 to set single: not a network that a set can hold: a length of 1 or more is needed (kernel error 4353)"},
		{add("old", address), ipset.ErrNoTimeout, 4107,
			"add 192.0.2.7/32 to set old: the set was created without timeouts: create it anew (kernel error 4107)"},
		{add("v4", element("192.0.2.7/32", 0, "words")), ipset.ErrNoComment, 4112,
			"add 192.0.2.7/32 to set v4: the set was created without comments: write none, or create it anew (kernel error 4112)"},
		{add("tiny", address), ipset.ErrFull, 4352,
			"add 192.0.2.7/32 to set tiny: the set is full: elements in it can be refreshed, new ones need a set with a larger maxelem (kernel error 4352)"},
		{remove("none", "192.0.2.7/32"), ipset.ErrNotExist, syscall.ENOENT,
			"delete from set none: no such set"},
		{remove("v6", "192.0.2.7/32"), ipset.ErrFamily, 4097,
			"delete 192.0.2.7/32 from set v6: the set does not take it: it holds the other address family, or is of another type (kernel error 4097)"},
		{test("none", "192.0.2.7"), ipset.ErrNotExist, syscall.ENOENT,
			"test 192.0.2.7/32 in set none: no such set"},
	} {
		var e *ipset.Error
		switch {
		case !errors.As(test.err, &e):
			t.Errorf("%v, want an *Error: %s", test.err, test.words)
		case e.Error() != test.words:
			t.Errorf("words (-want +got):\n%s", cmp.Diff(test.words, e.Error()))
		case !errors.Is(e, test.is) || e.Errno != test.errno:
			t.Errorf("%v: is not %v with number %d", e, test.is, test.errno)
		case test.errno != 0 && !errors.Is(e, test.errno):
			t.Errorf("%v: errors.Is does not find number %d", e, test.errno)
		}
	}
}

func TestAFullSetStillRefreshesAndMakesRoomByDeleting(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s", MaxElem: 100})
	for i := range 100 {
		add(t, c, "s", ipset.Element{Prefix: host4(i), Timeout: time.Hour})
	}
	n, err := c.Add("s", []ipset.Element{{Prefix: host4(3)}, {Prefix: host4(200)}, {Prefix: host4(4)}})
	if n != 1 || !errors.Is(err, ipset.ErrFull) {
		t.Errorf("added %d, %v, want the first and ErrFull for the second", n, err)
	}
	add(t, c, "s", ipset.Element{Prefix: host4(4)})
	if n, err := c.Delete("s", []netip.Prefix{host4(3)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	add(t, c, "s", ipset.Element{Prefix: host4(200)})
}

func TestTheCulpritOfABatchIsNamedAndTheRestGoesOn(t *testing.T) {
	const count = 3000 // several messages
	wrong := netip.MustParsePrefix("2001:db8::7/128")
	for _, test := range []struct {
		name     string
		culprits []int
	}{
		{"the first", []int{0}},
		{"the second", []int{1}},
		{"in the middle of a message", []int{77}},
		{"in a later message", []int{2500}},
		{"the last", []int{count - 1}},
		{"several, some side by side", []int{0, 5, 6, 7, 1000, 2047, 2048, 2999}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t)
			create(t, c, ipset.Spec{Name: "s", Comments: true})
			elements := make([]ipset.Element, count)
			for i := range elements {
				elements[i] = ipset.Element{Prefix: host4(i), Comment: "entry"}
			}
			for _, i := range test.culprits {
				elements[i].Prefix = wrong
			}
			var named []int
			for at := 0; at < count; at++ {
				n, err := c.Add("s", elements[at:])
				at += n
				if err == nil {
					break
				}
				var e *ipset.Error
				if !errors.As(err, &e) || !e.Culprit || e.Element != wrong || !errors.Is(err, ipset.ErrFamily) {
					t.Fatalf("at %d: %#v", at, err)
				}
				if len(named) == 0 {
					if h, err := c.Header("s"); err != nil || h.Entries != uint32(n) {
						t.Errorf("%d of those before the culprit are in the set, %v, want %d", h.Entries, err, n)
					}
				}
				named = append(named, at)
			}
			if diff := cmp.Diff(test.culprits, named); diff != "" {
				t.Errorf("culprits (-want +got):\n%s", diff)
			}
			if got, want := len(saved(t, "s")), count-len(test.culprits); got != want {
				t.Errorf("%d are in the set, want %d", got, want)
			}
		})
	}
}

func TestANetworkThatNoSetHoldsDoesNotStopThoseBeforeIt(t *testing.T) {
	c := dial(t)
	create(t, c, ipset.Spec{Name: "s"})
	n, err := c.Add("s", []ipset.Element{{Prefix: host4(1)}, {Prefix: host4(2)}, {}, {Prefix: host4(3)}})
	var e *ipset.Error
	if n != 2 || !errors.As(err, &e) || !e.Culprit || !errors.Is(err, ipset.ErrPrefix) {
		t.Errorf("n %d, error %v, want 2 and ErrPrefix", n, err)
	}
	if diff := cmp.Diff([]string{"10.0.0.1 timeout 0", "10.0.0.2 timeout 0"}, saved(t, "s"), sameLines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWithoutPrivilegeDialNamesTheCapability(t *testing.T) {
	dial(t)
	failed := make(chan error)
	go func() {
		// Capabilities belong to a thread; this one ends with the goroutine.
		runtime.LockOSThread()
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&head, &none[0]); err != nil {
			failed <- err
			return
		}
		c, err := ipset.Dial()
		if err == nil {
			c.Close()
		}
		failed <- err
	}()
	const want = "open ipset socket: not permitted: CAP_NET_ADMIN is needed, in the user namespace that owns the network namespace"
	if err := <-failed; err == nil || err.Error() != want || !errors.Is(err, ipset.ErrPermission) || !errors.Is(err, syscall.EPERM) {
		t.Errorf("error %q, want %q", err, want)
	}
}
