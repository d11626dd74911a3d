package receiver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frameAll gives the stream to a framer in pieces that end at the cuts, and returns what came out: a line a message, cut ones
// marked, and the fault at the end if there was one. It keeps what is unfinished as a connection does. LONG is a message beyond
// the limit, HOARD that more is held back than the framer promises.
func frameAll(limit int, pieces ...string) (out []string) {
	f := &framer{limit: limit}
	var held []byte
	for _, p := range pieces {
		if len(p) == 1 && len(held) > limit+1+maxCountDigits {
			return append(out, "HOARD")
		}
		held = append(held, p...)
		for {
			text, cut, n, err := f.next(held)
			if err != nil {
				return append(out, err.Error())
			}
			if n == 0 {
				break
			}
			if len(text) > limit {
				out = append(out, "LONG")
			}
			if cut {
				out = append(out, string(text)+"…")
			} else if len(text) > 0 {
				out = append(out, string(text))
			}
			held = held[n:]
		}
	}
	last, err := f.end(held)
	if err != nil {
		return append(out, err.Error())
	}
	if len(last) > 0 {
		out = append(out, string(last))
	}
	return out
}

var frameTests = []struct {
	name   string
	stream string
	want   []string
}{
	{"nothing", "", nil},
	{"lines", "<13>a\n<13>b\n", []string{"<13>a", "<13>b"}},
	{"lines that end in CR LF", "a\r\nb\r\n", []string{"a", "b"}},
	{"a last line without LF", "a\nb", []string{"a", "b"}},
	{"lines that end in NUL", "a\x00b\x00", []string{"a", "b"}},
	{"LF is content where NUL ends a message", "a\x00b\nc\x00", []string{"a", "b\nc"}},
	{"NUL is content where LF ends a message", "a\nb\x00c\n", []string{"a", "b\x00c"}},
	{"empty lines say nothing", "\n\na\n\n", []string{"a"}},
	{"a line of exactly the limit", "a123456789\nb\n", []string{"a123456789", "b"}},
	{"a line beyond the limit is cut and the next one is whole", "a123456789X\nb\n", []string{"a123456789…", "b"}},
	{"a very long line is cut once", "a" + strings.Repeat("x", 100) + "\nb\n", []string{"axxxxxxxxx…", "b"}},
	{"a long last line without LF", strings.Repeat("x", 100), []string{"xxxxxxxxxx…"}},
	{"a long line decides the trailer at its end", strings.Repeat("x", 100) + "\x00a\nb\x00", []string{"xxxxxxxxxx…", "a\nb"}},
	{"counted messages", "5 <13>a5 <13>b", []string{"<13>a", "<13>b"}},
	{"LF is content of a counted message", "3 a\nb1 c", []string{"a\nb", "c"}},
	{"a counted message of exactly the limit", "10 01234567891 a", []string{"0123456789", "a"}},
	{"a counted message beyond the limit is cut and the next one is whole", "12 0123456789ab1 c", []string{"0123456789…", "c"}},
	{"a counted message cut by the end of the connection", "5 abc", []string{errShort.Error()}},
	{"the rest of a long counted message never comes", "20 0123456789a", []string{"0123456789…", errShort.Error()}},
	{"the end inside a count", "5 <13>a12", []string{"<13>a", errShort.Error()}},
	{"a count of zero at the beginning is a line", "0 a\n", []string{"0 a"}},
	{"leading zeros at the beginning are a line", "00012 a\n", []string{"00012 a"}},
	{"a count of zero later", "1 a0 b", []string{"a", errCount.Error()}},
	{"leading zeros later", "1 a00012 b", []string{"a", errCount.Error()}},
	{"a count of twenty digits", "12345678901234567890 a", []string{errCount.Error()}},
	{"a count of 2^31", "2147483648 a", []string{errCount.Error()}},
	{"a count of 2^64", "18446744073709551616 a", []string{errCount.Error()}},
	{"the largest count", "9999999 a", []string{errShort.Error()}},
	{"a count without a space", "12<13>a", []string{errCount.Error()}},
	{"a count with a tab", "1\ta", []string{errCount.Error()}},
	{"a negative count later", "1 a-1 b", []string{"a", errCount.Error()}},
	{"a line among counted messages", "1 a<13>b\n", []string{"a", errCount.Error()}},
	{"a counted message longer than it says", "2 abc", []string{"ab", errCount.Error()}},
}

const frameLimit = 10

func TestFraming(t *testing.T) {
	for _, test := range frameTests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, frameAll(frameLimit, test.stream)); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFramingIsTheSameSplitAtEveryByte(t *testing.T) {
	for _, test := range frameTests {
		for i := range test.stream {
			if diff := cmp.Diff(test.want, frameAll(frameLimit, test.stream[:i], test.stream[i:])); diff != "" {
				t.Errorf("%s, split at %d (-want +got):\n%s", test.name, i, diff)
			}
		}
		if diff := cmp.Diff(test.want, frameAll(frameLimit, strings.Split(test.stream, "")...)); diff != "" {
			t.Errorf("%s, byte by byte (-want +got):\n%s", test.name, diff)
		}
	}
}

// Whatever way a stream is cut into reads, the same messages come out; none is longer than the limit, and bytes are
// held back only as long as a message can be.
func FuzzFraming(f *testing.F) {
	for i, test := range frameTests {
		f.Add([]byte(test.stream), uint16(i), uint16(3*i))
	}
	f.Fuzz(func(t *testing.T, stream []byte, a, b uint16) {
		s := string(stream)
		i := int(a) % (len(s) + 1)
		j := i + int(b)%(len(s)-i+1)
		want := frameAll(frameLimit, s)
		for _, pieces := range [][]string{{s[:i], s[i:j], s[j:]}, strings.Split(s, "")} {
			if diff := cmp.Diff(want, frameAll(frameLimit, pieces...)); diff != "" {
				t.Errorf("%q cut into %q (-whole +cut):\n%s", s, pieces, diff)
			}
		}
		for _, m := range want {
			if m == "LONG" || m == "HOARD" {
				t.Errorf("%q: %s", s, m)
			}
		}
	})
}

// A stream of well-formed frames comes out as it went in, in each of the framings.
func TestFramingReturnsWhatWasFramed(t *testing.T) {
	var messages []string
	for n := 1; n <= frameLimit; n++ {
		messages = append(messages, "<"+strings.Repeat("x", n-1))
	}
	for name, format := range map[string]func(string) string{
		"counted": func(m string) string { return fmt.Sprintf("%d %s", len(m), m) },
		"LF":      func(m string) string { return m + "\n" },
		"NUL":     func(m string) string { return m + "\x00" },
	} {
		var stream strings.Builder
		for _, m := range messages {
			stream.WriteString(format(m))
		}
		if diff := cmp.Diff(messages, frameAll(frameLimit, stream.String())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
