package ledger

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzDecodeSaved: whatever a file holds, reading it does not fail otherwise than
// by saying so, and what is read means the same when it is written and read again.
func FuzzDecodeSaved(f *testing.F) {
	for _, s := range []saved{
		{key: newKey(0, 0xffff_cb007109, 128)},
		{
			key: newKey(0x20010db8_00000000, 0, 64),
			holds: [2]savedHold{
				{held: true, since: 1_700_000_000_000, until: endless, length: never, nth: 3, offences: 12, origin: ByRule, entry: "x", sender: "s", line: "l"},
				{held: true, since: -5, until: 1_700_000_999_999, length: time.Second, origin: ByKernel}, // a clock gone wrong
			},
			past: []savedPast{{1, 2, 3, "a"}, {4, 5, 6, strings.Repeat("b", maxText)}},
			more: 4, moreEnded: -1,
		},
	} {
		f.Add(appendSaved(nil, &s)[8:])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		s, ok := decodeSaved(content, names{})
		if !ok {
			return
		}
		long := len(s.holds[0].entry+s.holds[0].sender+s.holds[0].line+s.holds[1].entry+s.holds[1].sender+s.holds[1].line) > maxText
		for _, p := range s.past {
			long = long || len(p.entry) > maxText
		}
		if long {
			return // cut when written
		}
		again, ok := decodeSaved(appendSaved(nil, &s)[8:], names{})
		if !ok || !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v became %+v, %t", s, again, ok)
		}
		l := New(Config{}, nil)
		now := Time{Boot: time.Hour, Wall: time.UnixMilli(1_700_000_000_000)}
		l.restore(now, now.Wall.UnixMilli(), &s)
		for set := range l.sets {
			if o := l.sets[set].get(s.key); o != nil && s.holds[set].length != never && o.remaining(now) > s.holds[set].length && s.holds[set].until != endless {
				t.Fatalf("%s left of %s", o.remaining(now), s.holds[set].length)
			}
		}
		l.Expire(now)
	})
}

// FuzzReadRecords: what is good of any file is a prefix of it, and is good again.
func FuzzReadRecords(f *testing.F) {
	b := appendClock([]byte(header), time.UnixMilli(1))
	b = appendSaved(b, &saved{key: newKey(0, 0xffff_cb007109, 128)})
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add(append([]byte(header), 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, file []byte) {
		var all [][]byte
		good, err := readRecords(bytes.NewReader(file), func(content []byte) error {
			all = append(all, bytes.Clone(content))
			return nil
		})
		if good > int64(len(file)) || (err == nil) != (good == int64(len(file)) && good > 0) {
			t.Fatalf("%d of %d bytes are good, %v", good, len(file), err)
		}
		if good == 0 {
			return
		}
		again := []byte(header)
		for _, content := range all {
			again = appendRecord(again, func(b []byte) []byte { return append(b, content...) })
		}
		if !bytes.Equal(again, file[:good]) {
			t.Fatalf("%x, written again as %x", file[:good], again)
		}
	})
}
