package lookup

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/oschwald/maxminddb-golang/v2"

	"syslog-blacklist/internal/lookuptest"
)

// opened returns databases of these contents, in files, and the log of reading them.
func opened(t testing.TB, contents ...[]byte) (*databases, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i, c := range contents {
		path := filepath.Join(dir, string(rune('a'+i))+".mmdb")
		if err := os.WriteFile(path, c, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	var log bytes.Buffer
	d := newDatabases(paths, slog.New(slog.NewTextHandler(&log, nil)))
	d.follow()
	return d, &log
}

func TestEveryPublishersRecordIsUnderstood(t *testing.T) {
	network := netip.MustParsePrefix("192.0.2.0/24")
	for _, tt := range []struct {
		name, record string
		want         Record
	}{
		{"MaxMind's country", `{"continent":{"code":"EU"},"country":{"geoname_id":1,"iso_code":"DE","names":{"en":"Germany"}},"registered_country":{"iso_code":"NL"}}`,
			Record{Country: "DE"}},
		{"MaxMind's country of who registered it", `{"registered_country":{"iso_code":"NL"}}`, Record{Country: "NL"}},
		{"MaxMind's and DB-IP's network", `{"autonomous_system_number":64496,"autonomous_system_organization":"Example Hosting"}`,
			Record{ASN: 64496, Holder: "Example Hosting", Network: network}},
		{"IPinfo's lite", `{"asn":"AS64496","as_name":"Example Hosting","as_domain":"example.org","country":"Germany","country_code":"DE","continent":"Europe"}`,
			Record{Country: "DE", ASN: 64496, Holder: "Example Hosting", Network: network}},
		{"IPinfo's country", `{"country":"DE","country_name":"Germany"}`, Record{Country: "DE"}},
		{"IPinfo's network", `{"asn":"AS64496","domain":"example.org","name":"Example Hosting","route":"192.0.2.0/24","type":"hosting"}`,
			Record{ASN: 64496, Holder: "Example Hosting", Network: network}},
		{"ip-location-db's country", `{"country_code":"de"}`, Record{Country: "DE"}},
		{"a number where others have a text", `{"asn":64496,"name":"Example Hosting"}`, Record{ASN: 64496, Holder: "Example Hosting", Network: network}},
		{"nothing that is known here", `{"postal":{"code":"1"}}`, Record{}},
		{"no map", `"DE"`, Record{}},
		{"a country that is none", `{"country_code":"<b>","country":"Germany"}`, Record{}},
		{"other kinds than usual", `{"autonomous_system_number":"AS64496","as_name":["a"],"name":"Example Hosting","country_code":7,"country":{"iso_code":{"iso_code":"DE"}},"registered_country":"NL"}`,
			Record{Country: "NL", ASN: 64496, Holder: "Example Hosting", Network: network}},
		{"numbers that are too large", `{"asn":"AS4294967296","country_code":"DE"}`, Record{Country: "DE"}},
		{"an escape", `{"autonomous_system_number":64496,"autonomous_system_organization":"\u001b[31mExample\r\nHosting"}`,
			Record{ASN: 64496, Holder: "[31mExample Hosting", Network: network}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, log := opened(t, lookuptest.Database(t, map[string]string{"192.0.2.0/24": tt.record}))
			if diff := cmp.Diff(tt.want, d.find(anyone), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("(-want +got)\n%s%s", diff, log)
			}
			if diff := cmp.Diff(Record{}, d.find(netip.MustParseAddr("2001:db8::1")), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("another address: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestALaterDatabaseFillsWhatAnEarlierOneLeavesOpen(t *testing.T) {
	d, _ := opened(t,
		lookuptest.Database(t, map[string]string{"192.0.2.0/24": `{"country_code":"DE"}`}),
		lookuptest.Database(t, map[string]string{"192.0.2.0/25": `{"country_code":"NL","asn":"AS64496","as_name":"Example Hosting"}`}))
	want := Record{Country: "DE", ASN: 64496, Holder: "Example Hosting", Network: netip.MustParsePrefix("192.0.2.0/25")}
	if diff := cmp.Diff(want, d.find(anyone), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// text is a string of fewer than 29 bytes as an MMDB file holds it.
func text(s string) string { return string(rune(0x40|len(s))) + s }

func TestAnIPv6NetworkIsNotThatOfAnIPv4Address(t *testing.T) {
	// A tree of one node, both sides of which lead to the same record.
	file := "\x00\x00\x11\x00\x00\x11" + strings.Repeat("\x00", 16) + "\xe1" + text("asn") + text("AS64496") +
		"\xab\xcd\xefMaxMind.com\xe5" + text("node_count") + "\xc1\x01" + text("record_size") + "\xa1\x18" +
		text("ip_version") + "\xa1\x06" + text("binary_format_major_version") + "\xa1\x02" + text("database_type") + text("x")
	d, log := opened(t, []byte(file))
	if r := d.find(anyone); r.ASN != 64496 || r.Network.IsValid() {
		t.Errorf("%+v\n%s", r, log)
	}
}

func TestAChangedDatabaseIsReadAndABrokenOneLeavesTheOldInForce(t *testing.T) {
	first := lookuptest.Database(t, map[string]string{"192.0.2.0/24": `{"country_code":"DE"}`})
	d, log := opened(t, first)
	path := d.files[0].path
	for _, step := range []struct {
		name, country, says string
		change              func() error
	}{
		{"nothing changes", "DE", "", func() error { return nil }},
		{"half a file", "DE", "what was read before stays in force", func() error { return os.WriteFile(path, first[:len(first)/2], 0o600) }},
		{"the same half", "DE", "", func() error { return nil }},
		{"another file", "NL", "read database", func() error {
			return os.WriteFile(path, lookuptest.Database(t, map[string]string{"192.0.2.0/24": `{"country_code":"NL"}`}), 0o600)
		}},
		{"no file", "NL", "no such file", func() error { return os.Remove(path) }},
		{"a directory", "NL", "not a file", func() error { return os.Mkdir(path, 0o700) }},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		d.follow()
		if got := d.find(anyone).Country; got != step.country {
			t.Errorf("%s: country %s, want %s", step.name, got, step.country)
		}
		if said := log.String(); (said != "") != (step.says != "") || !strings.Contains(said, step.says) {
			t.Errorf("%s: the log says %q", step.name, said)
		}
	}
	if s := d.files[0].state(); !strings.Contains(s.Fault, "not a file") || s.Built.Unix() != 1_700_000_000 {
		t.Errorf("state %+v", s)
	}
}

func TestADatabaseThatComesLaterIsReadThen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "late.mmdb")
	d := newDatabases([]string{path}, slog.New(slog.DiscardHandler))
	d.follow()
	if s := d.files[0].state(); !s.Built.IsZero() || s.Fault == "" {
		t.Errorf("state %+v", s)
	}
	if err := os.WriteFile(path, lookuptest.Database(t, map[string]string{"192.0.2.0/24": `{"country_code":"DE"}`}), 0o600); err != nil {
		t.Fatal(err)
	}
	d.follow()
	if got := d.find(anyone).Country; got != "DE" {
		t.Errorf("country %q", got)
	}
}

// FuzzDatabase feeds broken files: whatever they hold, only clean text comes out.
func FuzzDatabase(f *testing.F) {
	f.Add(lookuptest.Database(f, map[string]string{"192.0.2.0/24": `{"country":{"iso_code":"DE"},"autonomous_system_number":64496,"autonomous_system_organization":"Example\u001b"}`}))
	f.Add(lookuptest.Database(f, map[string]string{"192.0.2.0/25": `{"asn":"AS64496","as_name":"Example","country":"Germany","country_code":"DE","name":["a"]}`}))
	f.Fuzz(func(t *testing.T, content []byte) {
		reader, err := maxminddb.OpenBytes(content)
		if err != nil {
			return
		}
		reader.Metadata.BuildTime()
		var r Record
		r.learn(reader.Lookup(anyone), anyone)
		if r.Country != "" && !isCountry(r.Country) || r.Holder != label(r.Holder) || r.Network.IsValid() && !r.Network.Contains(anyone) {
			t.Errorf("%+v", r)
		}
	})
}

func BenchmarkKnown(b *testing.B) {
	d, _ := opened(b,
		lookuptest.Database(b, map[string]string{"192.0.2.0/24": `{"country":{"geoname_id":1,"iso_code":"DE","names":{"en":"Germany","de":"Deutschland","fr":"Allemagne"}}}`}),
		lookuptest.Database(b, map[string]string{"192.0.2.0/24": `{"autonomous_system_number":64496,"autonomous_system_organization":"Example Hosting"}`}))
	l := &Lookup{databases: d}
	b.ReportAllocs()
	for b.Loop() {
		l.Known(anyone)
	}
}
