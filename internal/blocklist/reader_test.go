package blocklist

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// dir is a directory of lists whose files are written at times of the test's choice.
type dir struct {
	*testing.T
	path string
}

func (d dir) write(name, text string, at time.Time) {
	d.Helper()
	path := filepath.Join(d.path, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		d.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		d.Fatal(err)
	}
}

func (d dir) expect(r *Reader, now time.Time, pattern string, want string) {
	d.Helper()
	got, faults, changed := r.Read([]string{filepath.Join(d.path, pattern)}, now)
	text := "unchanged"
	if changed {
		text = strings.Trim(fmt.Sprint(got), "[]")
	}
	for _, f := range faults {
		text += "; " + strings.ReplaceAll(f, d.path, "DIR")
	}
	if diff := cmp.Diff(want, text); diff != "" {
		d.Errorf("-want +got:\n%s", diff)
	}
}

func TestAFileIsReadAgainWhenItChangesAndNotBefore(t *testing.T) {
	d, r, noon := dir{t, t.TempDir()}, &Reader{}, time.Unix(1e9, 0)
	d.write("a.netset", "192.0.2.1\n", noon)
	d.write("b.netset", "192.0.2.2\nx\n", noon)
	d.write("c.txt", "192.0.2.3\n", noon)
	const bad = "; DIR/b.netset:2: no address and no prefix; 1 lines are left out"
	d.expect(r, noon, "*.netset", "192.0.2.1/32 192.0.2.2/32"+bad)
	d.expect(r, noon.Add(time.Minute), "*.netset", "unchanged"+bad)

	later := noon.Add(time.Hour)
	d.write("a.netset", "192.0.2.1\n192.0.2.9\n", later)
	d.expect(r, later, "*.netset", "unchanged"+bad) // it may still be written
	d.expect(r, later.Add(settled), "*.netset", "192.0.2.1/32 192.0.2.2/32 192.0.2.9/32"+bad)

	if err := os.Remove(filepath.Join(d.path, "b.netset")); err != nil {
		t.Fatal(err)
	}
	d.expect(r, later.Add(settled), "*.netset", "192.0.2.1/32 192.0.2.9/32")
}

func TestInADirectoryAFilesNameIsTheAddress(t *testing.T) {
	d, r, noon := dir{t, t.TempDir()}, &Reader{}, time.Unix(1e9, 0)
	d.expect(r, noon, "", "")
	d.write("192.0.2.1", "", noon)
	d.write("2001:db8::7", "why it is here", noon)
	d.write("more.txt", "198.51.100.0/24\n", noon)
	d.write(".hidden", "203.0.113.1\n", noon)
	d.expect(r, noon, "", "192.0.2.1/32 198.51.100.0/24 2001:db8::7/128")
	if err := os.Remove(filepath.Join(d.path, "192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	d.expect(r, noon, "", "198.51.100.0/24 2001:db8::7/128")
}

func TestAListThatIsNotThereIsToldAndOneThatIsNoFileToo(t *testing.T) {
	d, r := dir{t, t.TempDir()}, &Reader{}
	d.expect(r, time.Now(), "none", "; stat DIR/none: no such file or directory")
	d.expect(&Reader{}, time.Now(), "*.netset", "")
	if _, faults, _ := (&Reader{}).Read([]string{"/dev/null"}, time.Now()); len(faults) != 1 || faults[0] != "/dev/null is no regular file" {
		t.Errorf("%q", faults)
	}
}

// BenchmarkMillion is a list of a million addresses, as a file, first seen.
func BenchmarkMillion(b *testing.B) {
	var text strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "%d.%d.%d.%d\n", 1+i%200, i>>16&255, i>>8&255, i&255)
	}
	path := filepath.Join(b.TempDir(), "million")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if got, _, _ := (&Reader{}).Read([]string{path}, time.Now()); len(got) != 1_000_000 {
			b.Fatal(len(got))
		}
	}
}
