package fail2ban

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/golden"
	"syslog-blacklist/rules"
)

// TestAHouseWithAllThatIsUnderstood reads a configuration of our own making. The rules
// that come of it and the problems are compared word for word.
func TestAHouseWithAllThatIsUnderstood(t *testing.T) {
	r, err := Import(filepath.Join("testdata", "house"))
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	for _, p := range r.Problems {
		problems.WriteString(p.String() + "\n")
	}
	golden.Equal(t, "testdata/house.rules.want", r.Text)
	golden.Equal(t, "testdata/house.problems.want", problems.String())
	loads(t, r.Text)
}

// loads parses rules and returns them.
func loads(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, faults := rules.Parse("imported", []byte(text))
	if set == nil {
		t.Fatalf("the rules don't load: %v\n%s", faults, text)
	}
	return set
}

// TestTheTranslatedRulesRecogniseWhatTheFiltersMean tries the rules of the same house on lines.
func TestTheTranslatedRulesRecogniseWhatTheFiltersMean(t *testing.T) {
	r, err := Import(filepath.Join("testdata", "house"))
	if err != nil {
		t.Fatal(err)
	}
	m := loads(t, r.Text).Matcher()
	for _, tt := range []struct{ line, want string }{
		{"orders-till[7]: main: wrong PIN for alice from 198.51.100.9", "orders 198.51.100.9 user=alice"},
		{"orders-till[7]: main: wrong PIN for alice from 203.0.113.9", ""},
		{"orders: spare: wrong PIN for guest from 2001:db8::9 port 7", "orders 2001:db8::9 user=guest"},
		{"orders[7]: main: wrong PIN for alice from 203.0.113.9 and more", ""},
		{"orders[7]: other: wrong PIN for alice from 198.51.100.9", ""},
		{"orders[7]: main: till opened by 198.51.100.9", "orders 198.51.100.9"},
		{"orders[7]: main: this card 17 refused, client [IPv6:2001:db8::9]", "orders 2001:db8::9 card=17"},
		{"orders[7]: main: this card 17 refused, client [198.51.100.9]", "orders 198.51.100.9 card=17"},
		{"orders[7]: main: wrong PIN for x from 203.0.113.9 from 203.0.113.9", ""},
		{"mx: too many guesses from 198.51.100.9", "postfix added 198.51.100.9"},
		{"mx: too many guesses from 192.0.2.9", "postfix spared "},
		{`portal: 198.51.100.9 - - [21/Nov/2026:10:00:00 +0000] "POST /login?x" 403 17`, "portal 198.51.100.9"},
		{"bare: denied to 198.51.100.9", "bare 198.51.100.9"},
		{"portal: WARN login=alice ip=198.51.100.9", "portal 198.51.100.9 f2b_session=alice"},
		{"portal: Nov 21 10:00:00 host portal[7]: denied 198.51.100.9, user {guest}", "portal 198.51.100.9"},
		{"portal[7]: denied 198.51.100.9, user {guest}", "portal 198.51.100.9"},
		{"web[7]: it was refused: 198.51.100.9", "portal 198.51.100.9"},
	} {
		var h rules.Hit
		got := ""
		if m.Match([]byte(tt.line), false, &h) {
			got = h.Entry.Name + " "
			if h.Addr.IsValid() {
				got += h.Addr.String()
			}
			for _, d := range h.Details {
				got += " " + d.Name + "=" + string(d.Value)
			}
		}
		if got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.line, got, tt.want)
		}
	}
}

func TestADirectoryWithoutJailsIsNamed(t *testing.T) {
	_, err := Import("testdata")
	if want := "read testdata: no jail.conf and no jail.local: name the directory of fail2ban's configuration"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestEveryJailOfDebian reads the configuration that the package fail2ban installs, with
// every jail enabled.
func TestEveryJailOfDebian(t *testing.T) {
	const etc = "/etc/fail2ban"
	if _, err := os.Stat(etc + "/jail.conf"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the package fail2ban is not installed")
		}
		t.Skip("the package fail2ban is not installed")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(etc)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/jail.local", []byte("[DEFAULT]\nenabled = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Import(dir)
	if err != nil {
		t.Fatal(err)
	}
	set, faults := rules.Parse("imported", []byte(r.Text))
	if set == nil {
		t.Fatal(faults)
	}
	for _, f := range faults {
		if f.Severity == rules.Warning {
			t.Errorf("%s", f.Format())
		}
	}
	for _, want := range []string{"\nuse sshd: 10m after 5 in 10m\n", "\nuse apache: ", "\nuse nginx: ", "\nuse postfix: ", "\nrecidive 1w after 5 in 1d\n"} {
		if !strings.Contains(r.Text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
