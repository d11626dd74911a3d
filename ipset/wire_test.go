package ipset

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// readable prints the attributes of a message, one a line: kind, flags (n for
// nested, b for network byte order) and the bytes of the value, so that a
// message can be compared on machines of both byte orders.
func readable(b []byte) string {
	var w strings.Builder
	fmt.Fprintf(&w, "family %x\n", b[:familyHead])
	readableAttributes(&w, b[familyHead:], "")
	return w.String()
}

func readableAttributes(w *strings.Builder, b []byte, indent string) {
	for len(b) > 0 {
		kind := binary.NativeEndian.Uint16(b[2:])
		a, rest, err := nextAttribute(b)
		if err != nil {
			fmt.Fprintf(w, "%s%v: %x\n", indent, err, b)
			return
		}
		b = rest
		switch {
		case kind&flagNested != 0:
			fmt.Fprintf(w, "%s%dn\n", indent, a.kind)
			readableAttributes(w, a.value, indent+"  ")
		case a.swap:
			fmt.Fprintf(w, "%s%db %x\n", indent, a.kind, a.value)
		default:
			fmt.Fprintf(w, "%s%d %x\n", indent, a.kind, a.value)
		}
	}
}

func TestABatchOnTheWire(t *testing.T) {
	b, n := appendBatch(nil, cmdAdd, "blacklist", []Element{
		{Prefix: netip.MustParsePrefix("192.0.2.7/32"), Timeout: time.Hour, Comment: "ssh"},
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), NoMatch: true},
		{Prefix: netip.MustParsePrefix("2001:db8::/64"), Timeout: time.Second},
	})
	if n != 3 || len(b)%4 != 0 {
		t.Errorf("%d elements in %d bytes", n, len(b))
	}
	const want = `family 02000000
1 06
2 626c61636b6c69737400
9b 00000000
8n
  7n
    1n
      1b c0000207
    6b 00000e10
    26 73736800
    9b 00000001
  7n
    1n
      1b c6336400
    3 18
    6b 00000000
    8b 00000004
    9b 00000002
  7n
    1n
      2b 20010db8000000000000000000000000
    3 40
    6b 00000001
    9b 00000003
`
	if diff := cmp.Diff(want, readable(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABatchStopsAtItsSizeAndAtWhatNoSetHolds(t *testing.T) {
	long := Element{Prefix: netip.MustParsePrefix("192.0.2.7/32"), Comment: strings.Repeat("c", 255)}
	many := make([]Element, 1000)
	for i := range many {
		many[i] = long
	}
	b, n := appendBatch(nil, cmdAdd, "s", many)
	if n < 50 || n > 200 || len(b) > maxBatch+100 {
		t.Errorf("%d elements in %d bytes", n, len(b))
	}
	many[7].Prefix = netip.MustParsePrefix("0.0.0.0/0")
	if _, n := appendBatch(nil, cmdAdd, "s", many); n != 7 {
		t.Errorf("%d elements before one that no set holds, want 7", n)
	}
	if _, n := appendBatch(nil, cmdAdd, "s", many[7:]); n != 0 {
		t.Errorf("%d elements behind it in one message with it", n)
	}
}

// dumped is a message of a dump with elements, as the kernel sends it.
func dumped(elements ...Element) []byte {
	b := appendSetHead(nil, "s")
	b = appendAttrString(b, attrTypeName, string(HashNet))
	adt := len(b)
	b = begin(b, attrADT)
	for i, e := range elements {
		prefix, _ := canonical(e.Prefix)
		b = appendElement(b, cmdAdd, prefix, e, i+1)
	}
	return end(b, adt)
}

func TestAnElementReadIsTheOneWritten(t *testing.T) {
	want := []Element{
		{Prefix: netip.MustParsePrefix("192.0.2.7/32"), Timeout: time.Hour, Comment: "one"},
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Comment: "one"},
		{Prefix: netip.MustParsePrefix("2001:db8::/64"), Timeout: MaxTimeout, NoMatch: true, Comment: "two"},
		{Prefix: netip.MustParsePrefix("2001:db8::7/128")},
	}
	var got []Element
	l := listing{each: func(e Element) bool { got = append(got, e); return true }}
	if err := l.read(dumped(want...)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNumbersAreReadInEitherByteOrder(t *testing.T) {
	b := []byte{0, 1, 2, 3, 4, 5, 6, 7}
	network, native := attribute{swap: true, value: b}, attribute{value: b}
	if got := network.uint32(); got != 0x00010203 {
		t.Errorf("network order: %#x", got)
	}
	if got := network.uint64(); got != 0x0001020304050607 {
		t.Errorf("network order: %#x", got)
	}
	if got := native.uint32(); got != binary.NativeEndian.Uint32(b) {
		t.Errorf("native order: %#x", got)
	}
	if got := native.uint64(); got != binary.NativeEndian.Uint64(b) {
		t.Errorf("native order: %#x", got)
	}
	short := attribute{swap: true, value: b[:3]}
	if short.uint32() != 0 || short.uint64() != 0 || (attribute{}).uint8() != 0 {
		t.Error("a number that is cut is not 0")
	}
}

func TestTimeoutsAreRoundedUpAndNeverBecomeForEver(t *testing.T) {
	for d, want := range map[time.Duration]uint32{
		0:                         0, // for ever, as asked
		-1:                        1,
		-time.Hour:                1,
		1:                         1,
		300 * time.Millisecond:    1,
		time.Second:               1,
		time.Second + 1:           2,
		1000 * time.Second:        1000,
		MaxTimeout - 1:            2147483,
		MaxTimeout:                2147483,
		MaxTimeout + 1:            2147483,
		1<<63 - 1:                 2147483,
		-1 << 63:                  1,
		1999*time.Millisecond + 1: 2,
	} {
		if got := seconds(d); got != want {
			t.Errorf("%v becomes %d s, want %d", d, got, want)
		}
	}
}

func TestWordsOfErrorsThatThisKernelDoesNotGive(t *testing.T) {
	for _, test := range []struct {
		cmd   command
		errno syscall.Errno
		want  error
	}{
		{cmdProtocol, syscall.EINVAL, ErrModule},
		{cmdCreate, errFindType, ErrModule},
		{cmdCreate, syscall.EINVAL, syscall.EINVAL},
		{cmdDestroy, errReferenced, ErrInUse},
		{cmdAdd, errInvalidCIDR, ErrPrefix},
	} {
		if got := cause(test.cmd, test.errno, false); got != test.want {
			t.Errorf("%v, number %d: %v, want %v", test.cmd, int(test.errno), got, test.want)
		}
	}
	unknown := failure(cmdCreate, "s", 4242, nil)
	if got, want := unknown.Error(), "create set s: refused by the kernel (kernel error 4242)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzReading gives the decoder a datagram and wants it to end, never to panic,
// and to hand out only elements that come back unchanged when they are written and read.
func FuzzReading(f *testing.F) {
	datagram := func(kind uint16, data []byte) []byte {
		b := binary.NativeEndian.AppendUint32(nil, uint32(messageHead+len(data)))
		b = binary.NativeEndian.AppendUint16(b, kind)
		b = append(b, make([]byte, 10)...)
		return append(b, data...)
	}
	sample := dumped(
		Element{Prefix: netip.MustParsePrefix("192.0.2.0/28"), Timeout: time.Hour, Comment: "x"},
		Element{Prefix: netip.MustParsePrefix("2001:db8::/64"), NoMatch: true})
	f.Add(datagram(subsystem|uint16(cmdList), sample))
	f.Add(append(datagram(subsystem|uint16(cmdList), sample), datagram(syscall.NLMSG_DONE, make([]byte, 4))...))
	batch, _ := appendBatch(make([]byte, 4+messageHead), cmdAdd, "s", []Element{{Prefix: netip.MustParsePrefix("192.0.2.7/32")}})
	f.Add(datagram(syscall.NLMSG_ERROR, batch))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		messages := 0
		for len(b) > 0 {
			m, rest, err := nextMessage(b)
			if err != nil {
				return
			}
			if messages++; len(rest) >= len(b) {
				t.Fatalf("message %d does not move on", messages)
			}
			b = rest
			m.errno()
			if n := m.lineNo(); n < 0 {
				t.Errorf("line %d", n)
			}
			l := listing{each: func(e Element) bool { roundTrip(t, e); return true }}
			l.read(m.data)
		}
	})
}

func roundTrip(t *testing.T, want Element) {
	t.Helper()
	if _, ok := canonical(want.Prefix); !ok || want.Prefix.Addr().Is4In6() {
		return // the kernel has no such element, or it is written as another
	}
	want.Comment = CleanComment(want.Comment)
	want.Timeout = min(want.Timeout, MaxTimeout)
	want.Packets, want.Bytes = 0, 0
	reread := 0
	l := listing{each: func(got Element) bool {
		reread++
		if got != want {
			t.Errorf("wrote %v, read %v", want, got)
		}
		return true
	}}
	if err := l.read(dumped(want)); err != nil || reread != 1 {
		t.Errorf("wrote %v, read %d elements, %v", want, reread, err)
	}
}
