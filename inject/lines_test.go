package inject

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func split(chunks ...string) (lines []string, cut uint64) {
	s := splitter{emit: func(line []byte) { lines = append(lines, string(line)) }}
	for _, c := range chunks {
		s.write([]byte(c))
	}
	s.end()
	return lines, s.cut
}

func TestAStreamIsSplitIntoLines(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	tests := []struct {
		name   string
		chunks []string
		want   []string
		cut    uint64
	}{
		{"nothing", nil, nil, 0},
		{"lines", []string{"a\nb\n"}, []string{"a", "b"}, 0},
		{"a line in two halves", []string{"a", "b\n"}, []string{"ab"}, 0},
		{"LF alone in a chunk", []string{"ab", "\n"}, []string{"ab"}, 0},
		{"a partial last line", []string{"a\nb"}, []string{"a", "b"}, 0},
		{"empty lines", []string{"\n\na\n"}, []string{"", "", "a"}, 0},
		{"CR stays, for the copy", []string{"a\r\nb\r"}, []string{"a\r", "b\r"}, 0},
		{"the longest line is whole", []string{long + "\n"}, []string{long}, 0},
		{"a longer one is marked", []string{long + "y\nb\n"}, []string{long + cutMark, "b"}, 1},
		{"and its rest is gone", []string{long, "y", "z", "z\nb\n"}, []string{long + cutMark, "b"}, 1},
		{"also when no end comes", []string{long, "y", "z"}, []string{long + cutMark}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines, cut := split(test.chunks...)
			if diff := cmp.Diff(test.want, lines); diff != "" {
				t.Errorf("(-want +got)\n%.500s", diff)
			}
			if cut != test.cut {
				t.Errorf("%d lines cut, want %d", cut, test.cut)
			}
		})
	}
}

// Where the chunks of a stream end must not matter, and what is not cut comes
// out as it went in.
func FuzzSplitting(f *testing.F) {
	f.Add([]byte("a\nbc\r\n\nd"), uint16(2))
	f.Add([]byte(strings.Repeat("x", MaxLine+1)+"\ny"), uint16(999))
	f.Add([]byte{'\n'}, uint16(1))
	f.Fuzz(func(t *testing.T, stream []byte, size uint16) {
		var chunks []string
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			chunks = append(chunks, string(rest[:n]))
			rest = rest[n:]
		}
		whole, cut := split(string(stream))
		parts, cutParts := split(chunks...)
		if diff := cmp.Diff(whole, parts); diff != "" || cut != cutParts {
			t.Fatalf("in chunks %d cut, whole %d (-whole +chunks)\n%s", cutParts, cut, diff)
		}
		if cut == 0 {
			want := strings.Split(string(bytes.TrimSuffix(stream, []byte("\n"))), "\n")
			if len(stream) == 0 {
				want = nil
			}
			if diff := cmp.Diff(want, whole); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
		}
		for _, line := range whole {
			if len(line) > MaxLine+len(cutMark) {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
	})
}
