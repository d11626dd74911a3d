package report

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syslog-blacklist/internal/lookup"
	"syslog-blacklist/rules"
)

// hostile is what attackers, owners of reverse zones and registries may write.
func hostile() *rapid.Generator[string] {
	pieces := []string{
		"\r\n", "\n", "\r", "\x00", "\x1b[2J", "\u0085", "\u2028", "\u202e", "\xff\xfe", "\ufeff", " ", "x", ".", "--", "---", ":", "<", ">", "@", ",", "=?utf-8?q?x?=",
		"Bcc: victim@example.com", "Subject: x", "Content-Type: text/html", "--%s", "\r\n.\r\n", "RCPT TO:<victim@example.com>", "{{.Organisation}}", `"`, `\`,
		"\x1b$B", "&ip=192.0.2.1", "日本語", "😀", "203.0.113.9", "port 1 ssh2",
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 8).Draw(t, "pieces"), "")
	})
}

// everything is a configuration with all ways, that allows all there is to allow.
func everything(charset string) Config {
	cfg := config()
	cfg.Allow = []string{AllowLines, AllowRules, AllowHost, "user"}
	cfg.Form = &Form{To: []string{"desk@example.org"}, Charset: charset}
	cfg.AbuseIPDB = &AbuseIPDB{KeyFile: "/k", URL: DefaultAbuseIPDB}
	return cfg
}

// report makes an incident by hand of one line, with what strangers say of its source.
func (b *bench) report(line, entry, name string, desk lookup.Contact) *Incident {
	b.t.Helper()
	set, faults := rules.Parse("x", []byte("[x]\n1h\n^app: (?P<user>(?s:.*)) from {IP_NUMBER}(?: port (?P<port>\\d+))?$\n"))
	if set == nil {
		b.t.Fatal(faults)
	}
	m := set.Matcher()
	defer set.Release(m)
	var h rules.Hit
	if !m.Match([]byte(line), false, &h) {
		b.t.Fatalf("%q matches nothing", line)
	}
	addr := netip.MustParseAddr("203.0.113.9")
	c := &suspicion{key: caseKey{netip.PrefixFrom(addr, 32), entry}, first: noon}
	c.add(&Sighting{At: noon, Hit: &h, Addr: addr, Host: []byte("mx1"), Line: []byte(line)}, 10)
	i := &Incident{ID: "20240501-1", UUID: newUUID(), Day: "2024-05-01", Network: c.key.prefix, Kind: kindOf(entry, ""), Created: noon, State: Open}
	i.answered(&lookup.Record{Contact: desk})
	b.fold(i, c, addr, name)
	return i
}

// decoded is all that a reader of the reports sees.
func decoded(t testing.TB, all []Rendered) (out []string) {
	t.Helper()
	for _, m := range mails(t, all) {
		out = append(out, m.subject, m.text)
		for _, p := range slices.Sorted(maps.Keys(m.parts)) {
			out = append(out, m.parts[p])
			var x xarf
			if strings.HasSuffix(p, ".json") {
				if err := json.Unmarshal([]byte(m.parts[p]), &x); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range x.Evidence {
				payload, err := base64.StdEncoding.DecodeString(e.Payload)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(payload))
			}
		}
	}
	for _, x := range all {
		for _, p := range x.posts {
			v, err := url.ParseQuery(p.body)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v.Get("comment"))
		}
	}
	return out
}

func TestNothingFromOutsideAddsAHeaderAPartOrAControlCharacter(t *testing.T) {
	benches := []*bench{newBench(t, everything("utf-8")), newBench(t, everything("iso-2022-jp"))}
	headers := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	rapid.Check(t, func(rt *rapid.T) {
		b := benches[rapid.IntRange(0, 1).Draw(rt, "charset")]
		text := hostile()
		i := b.report("app: "+text.Draw(rt, "user")+" from 203.0.113.9 port 7", text.Draw(rt, "entry"), text.Draw(rt, "name"), lookup.Contact{
			Holder: text.Draw(rt, "holder"), Mail: []string{text.Draw(rt, "desk"), text.Draw(rt, "desk") + "@example.net", "abuse@example.net"},
		})
		all, err := b.Render(i, noon)
		if err != nil {
			rt.Fatal(err)
		}
		if len(all) != 3 {
			rt.Fatalf("%d ways", len(all))
		}
		for _, m := range mails(t, all) {
			for name := range m.header {
				if !slices.Contains(headers, name) {
					rt.Errorf("header %s: %q", name, m.header[name])
				}
			}
			for name, values := range m.header {
				if len(values) != 1 {
					rt.Errorf("%d headers %s", len(values), name)
				}
			}
			if strings.Contains(m.to, "victim") {
				rt.Errorf("to %q", m.to)
			}
			if len(m.order) > 1 && !slices.Equal(m.order, []string{"text/plain", "application/json", "text/plain"}) {
				rt.Errorf("parts %v", m.order)
			}
			if log, ok := m.parts["lines.txt"]; ok && strings.Count(log, "\n") != 1 {
				rt.Errorf("one line became %q", log)
			}
			if x, ok := m.parts["xarf.json"]; ok {
				checkXARF(t, []byte(x))
			}
		}
		for _, text := range decoded(t, all) {
			if bad := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); bad >= 0 {
				rt.Errorf("%q at %d of %q", text[bad], bad, text)
			}
		}
		v, _ := url.ParseQuery(all[2].posts[0].body)
		if diff := cmp.Diff([]string{"categories", "comment", "ip", "timestamp"}, slices.Sorted(maps.Keys(v))); diff != "" || len(v["ip"]) != 1 {
			rt.Errorf("ip %v, -want +got:\n%s", v["ip"], diff)
		}
	})
}

func TestADraftIsAsSafeAsWhatItShows(t *testing.T) {
	b := newBench(t, everything("utf-8"))
	rapid.Check(t, func(rt *rapid.T) {
		text := hostile()
		i := b.report("app: "+text.Draw(rt, "user")+" from 203.0.113.9", text.Draw(rt, "entry"), text.Draw(rt, "name"), lookup.Contact{Holder: text.Draw(rt, "holder")})
		all, err := b.Render(i, noon)
		if err != nil {
			rt.Fatal(err)
		}
		var v review
		v.add(i, all)
		raw, err := b.cfg.Mail.Bytes(v.message(&b.cfg, noon))
		if err != nil {
			rt.Fatal(err)
		}
		m := read(t, strings.ReplaceAll(string(raw), "\r\n", "\n"))
		if len(m.header) != 9 || m.to != "<admin@example.org>" || len(m.order) != 1 {
			rt.Errorf("%v", m.header)
		}
		if bad := strings.IndexFunc(m.text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); bad >= 0 {
			rt.Errorf("%q", m.text[bad:])
		}
	})
}

// own is what a line may tell of this host.
var own = []string{"192.0.2.7", "2001:db8:7::25", "::ffff:192.0.2.7", "guard.example.org", "GUARD.example.org", "mx1", "10.1.2.3", "fd00::1"}

func TestNothingOfThisHostIsToldUnlessItIsAllowed(t *testing.T) {
	lines := []string{
		"sshd[4711]: Failed password for %s from 203.0.113.9 port 50022 ssh2",
		"sshd[4711]: Invalid user %s from 203.0.113.9 port 50022",
		"apache: [core:info] [pid 1] [client 203.0.113.9:7] AH00128: File does not exist: /var/www/%s/phpmyadmin",
		"postfix/smtpd[7]: warning: %s[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
		"app: alice from 203.0.113.9 to %s",
	}
	for name, allow := range map[string][]string{"nothing": nil, "rules": {AllowRules}, "whole lines": {AllowLines}} {
		t.Run(name, func(t *testing.T) {
			cfg := everything("utf-8")
			cfg.Allow = allow
			b := newBench(t, cfg)
			at := noon
			rapid.Check(t, func(rt *rapid.T) {
				secret := rapid.SampledFrom(append(slices.Clone(own), "zqalicezq")).Draw(rt, "secret")
				around := rapid.SampledFrom([]string{"%s", "a %s b", "<%s>", "user=%s,", "%s:25", "[%s]:25", "(%s)", "=%s;", "lip=%s,", "from %s."}).Draw(rt, "around")
				line := strings.Replace(rapid.SampledFrom(lines).Draw(rt, "line"), "%s", strings.Replace(around, "%s", secret, 1), 1)
				if allow != nil && secret == "zqalicezq" && slices.Contains(allow, AllowLines) {
					rt.Skip("a user's name may be told")
				}
				m := b.rules.Matcher()
				defer b.rules.Release(m)
				var h rules.Hit
				if !m.Match([]byte(line), false, &h) {
					rt.Skip("no match")
				}
				at = at.Add(24 * time.Hour)
				b.Sight(&Sighting{At: at, Hit: &h, Addr: h.Addr, Host: []byte("mx1"), Line: []byte(line), Banned: true})
				b.incident(t.Context(), <-b.bans)
				i := b.List()[0]
				b.store.expire(at.Add(2 * keep)) // the test would fill the disk
				all, err := b.Render(i, noon)
				if err != nil {
					rt.Fatal(err)
				}
				for _, text := range decoded(t, all) {
					for line := range strings.Lines(text) {
						if strings.Contains(strings.ToLower(line), strings.ToLower(secret)) || strings.Contains(line, "alice") && !slices.Contains(allow, AllowLines) && !slices.Contains(allow, AllowRules) {
							rt.Errorf("%q tells %q", line, secret)
						}
					}
				}
			})
		})
	}
}

func FuzzALineIsOneLineWithoutAddresses(f *testing.F) {
	for _, s := range []string{"x 192.0.2.7:22", "lip=::ffff:192.0.2.7,", "a:b::c 1.2.3.4.5", "[2001:db8:7::25]:25", "\x1b[2J\r\n", "1:2:3", "fe80::1%eth0", "203.0.113.9 2001:DB8::0:1", "0000::"} {
		f.Add(s)
	}
	attacker := netip.MustParseAddr("203.0.113.9")
	r := &Reporter{host: "guard.example.org", cfg: Config{Allow: []string{AllowLines}}}
	f.Fuzz(func(t *testing.T, line string) {
		got := r.tell(&suspicion{}, &rawLine{addr: attacker, text: line, host: "mx1"})
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", got)
		}
		for _, word := range strings.FieldsFunc(got, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) }) {
			if a, err := netip.ParseAddr(word); err == nil && a.Unmap() != attacker {
				t.Errorf("%q becomes %q", line, got)
			}
		}
	})
}
