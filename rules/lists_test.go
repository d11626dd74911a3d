package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeverAndAlwaysTakePathsBesideAddresses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rules.conf")
	text := "always 192.0.2.1 /etc/blocklists/*.netset\nnever ./friends 2001:db8::/32 ../more # those\ninclude sub/*.conf\n[one]\n1h\n^x: {IP_NUMBER}$\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "a.conf"), []byte("always ./beside\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, faults := Load(path)
	if set == nil {
		t.Fatal(faults)
	}
	var got []string
	for _, l := range set.Lists() {
		word := "always "
		if l.Never {
			word = "never "
		}
		got = append(got, word+strings.Replace(l.Path, filepath.Dir(dir), "UP", 1))
	}
	here := "UP/" + filepath.Base(dir)
	want := []string{"always /etc/blocklists/*.netset", "never " + here + "/friends", "never UP/more", "always " + here + "/sub/beside"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lists, -want +got:\n%s", diff)
	}
	if len(set.Always()) != 1 || len(set.Never()) != 1 {
		t.Errorf("always %v, never %v", set.Always(), set.Never())
	}
}

func TestAListsPatternThatIsNoneIsAFault(t *testing.T) {
	_, faults := Parse("rules.conf", []byte("always /etc/[a\n[one]\n1h\n^x: {IP_NUMBER}$\n"))
	want := `rules.conf:1:8: "/etc/[a" is no pattern of file names: a [ is never closed`
	if len(faults) == 0 || faults[0].Error() != want {
		t.Errorf("%v, want %s", faults, want)
	}
}
