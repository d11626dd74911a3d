package rules_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/rules"
)

// theError loads path, which must have exactly one fault, an error.
func theError(t *testing.T, path string) string {
	t.Helper()
	set, faults := rules.Load(path)
	if set != nil || len(faults) != 1 || faults[0].Severity != rules.Error {
		t.Fatalf("a set: %t, faults %v", set != nil, faults)
	}
	return faults[0].Format()
}

func TestAFileThatCannotBeReadIsOneFaultWithItsRemedy(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, bytes.Repeat([]byte("#\n"), 1<<19+1), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, nil, 0); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory; create it, or correct the path",
		dir:                        "not a regular file",
		fifo:                       "not a regular file",
		large:                      "larger than 1048576 bytes; split it and include the parts",
		secret:                     "permission denied; make it readable to the daemon's user",
	} {
		if path == secret && os.Geteuid() == 0 {
			continue // root reads everything
		}
		if got, want := theError(t, path), fmt.Sprintf("%s: read %s: %s", path, path, want); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestIncludesAreBounded(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		write(fmt.Sprintf("deep%d", i), fmt.Sprintf("include deep%d\n", i+1))
	}
	if got := theError(t, filepath.Join(dir, "deep0")); !strings.Contains(got, "deep8:1:9: too many files: at most 256 are read, and includes go 8 deep") {
		t.Error(got)
	}
	for i := range 256 {
		write(fmt.Sprintf("%d.conf", i), "")
	}
	write("wide", "include *.conf\n")
	if got := theError(t, filepath.Join(dir, "wide")); !strings.Contains(got, "wide:1:9: too many files") {
		t.Error(got)
	}
}

func TestATextIncludesNothing(t *testing.T) {
	set, faults := rules.Parse("text", []byte("include /etc/passwd\n"))
	if set != nil || len(faults) != 1 || faults[0].Error() != "text:1:9: include works in files only" {
		t.Errorf("a set: %t, faults %v", set != nil, faults)
	}
}

func TestTheFilesEntriesComeBeforeIncludedAndUsedOnes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main":    "use vsftpd\ninclude b.conf\ninclude a.conf\n[own]\n1h\n^o: {IP_NUMBER}\n",
		"a.conf":  "[a]\n1h\n^a: {IP_NUMBER}\n",
		"b.conf":  "include b2.conf\n[b]\n1h\n^b: {IP_NUMBER}\n",
		"b2.conf": "use proftpd\n[b2]\n1h\n^c: {IP_NUMBER}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, faults := rules.Load(filepath.Join(dir, "main"))
	if set == nil {
		t.Fatal(faults)
	}
	var got []string
	for _, e := range set.Entries() {
		got = append(got, e.Name)
	}
	want := append([]string{"own", "b", "b2", "a"}, append(shipped(t, "vsftpd"), shipped(t, "proftpd")...)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What must not touch the address stands twice once it is kept from it.
func TestAPatternThatOnlyItsAddressMakesTooLargeIsAFault(t *testing.T) {
	pattern := "^t: (?:(?:" + strings.Repeat("a", 1800) + "){1000}[^ ])+{IP_NUMBER}"
	for _, text := range []string{"[x]\n1h\n" + pattern, "[x]\n1h\n^t: {IP_NUMBER}\n! " + pattern} {
		set, faults := rules.Parse("text", []byte(text))
		if set != nil || len(faults) != 1 || !strings.HasSuffix(faults[0].Error(), ": the pattern is too large: shorten its counted repetitions") {
			t.Errorf("a set: %t, faults %v", set != nil, faults)
		}
	}
}

// shipped returns the names of the entries of shipped rules.
func shipped(t *testing.T, name string) (entries []string) {
	t.Helper()
	text, ok := rules.LibraryText(name)
	set, faults := rules.Parse(name, []byte(text))
	if !ok || set == nil {
		t.Fatalf("%s: %t, %v", name, ok, faults)
	}
	for _, e := range set.Entries() {
		entries = append(entries, e.Name)
	}
	return entries
}
