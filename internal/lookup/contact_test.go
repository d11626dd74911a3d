package lookup

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ofNetwork is an answer about 192.0.2.0/24 with these entities.
func ofNetwork(entities string) string {
	return `{"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255","name":"EXAMPLE-NET","entities":[` + entities + `]}`
}

// entity is one with a role, properties of its jCard, and entities inside it.
func entity(role, properties, inside string) string {
	return `{"objectClassName":"entity","roles":["` + role + `"],"vcardArray":["vcard",[["version",{},"text","4.0"]` + properties + `]],"entities":[` + inside + `]}`
}

func property(name, value string) string { return `,["` + name + `",{},"text",` + value + `]` }

func TestAnAnswerBecomesAContact(t *testing.T) {
	abuse := entity("abuse", property("email", `"abuse@example.org"`), "")
	for _, tt := range []struct {
		name, answer string
		want         Contact
	}{
		{"the mailbox of role abuse", ofNetwork(abuse), Contact{Holder: "EXAMPLE-NET", Mail: []string{"abuse@example.org"}}},
		{"the holder is whom it is registered to", ofNetwork(entity("registrant", property("fn", `"Example Org"`), "")), Contact{Holder: "Example Org"}},
		{"of several holders the first", ofNetwork(entity("registrant", property("fn", `"\u0000"`), entity("registrant", property("fn", `"Third"`), "")) + "," +
			entity("registrant", property("fn", `"Example Org"`), "")), Contact{Holder: "Example Org"}},
		{"inside the holder", ofNetwork(entity("registrant", property("fn", `"Example Org"`), entity("technical", "", abuse))),
			Contact{Holder: "Example Org", Mail: []string{"abuse@example.org"}}},
		{"the network's own comes first", ofNetwork(entity("registrant", "", entity("abuse", property("email", `"second@example.org"`), "")) + "," + abuse),
			Contact{Holder: "EXAMPLE-NET", Mail: []string{"abuse@example.org", "second@example.org"}}},
		{"other roles' mailboxes are not for abuse", ofNetwork(entity("technical", property("email", `"noc@example.org"`), "")), Contact{Holder: "EXAMPLE-NET"}},
		{"as a URI", ofNetwork(entity("abuse", property("email", `"mailto:abuse@Example.ORG"`), "")), Contact{Holder: "EXAMPLE-NET", Mail: []string{"abuse@example.org"}}},
		{"several in one card, once each", ofNetwork(entity("abuse", property("email", `["a@example.org","b@example.org","a@example.org"]`), "")),
			Contact{Holder: "EXAMPLE-NET", Mail: []string{"a@example.org", "b@example.org"}}},
		{"at most four", ofNetwork(entity("abuse", property("email", `["a@example.org","b@example.org","c@example.org","d@example.org","e@example.org"]`), "")),
			Contact{Holder: "EXAMPLE-NET", Mail: []string{"a@example.org", "b@example.org", "c@example.org", "d@example.org"}}},
		{"a card with a broken property", ofNetwork(entity("abuse", `,["tel"]`+property("email", `"abuse@example.org"`), "")),
			Contact{Holder: "EXAMPLE-NET", Mail: []string{"abuse@example.org"}}},
		{"the registry's own mailbox is a placeholder", ofNetwork(entity("abuse", property("email", `["helpdesk@apnic.net","hostmaster@mail.nic.ad.jp"]`), "")), Contact{Holder: "EXAMPLE-NET"}},
		{"so is one that nobody reads", ofNetwork(entity("abuse", property("email", `["no-email@example.org","NULL@example.org","abuse@nowhere.invalid"]`), "")), Contact{Holder: "EXAMPLE-NET"}},
		{"no header gets in", ofNetwork(entity("abuse", property("email", `["a@example.org\r\nBcc: b@example.org","a@example.org,b@example.org","<a@example.org>","-oQ@example.org","a b@example.org","ä@example.org","a@localhost"]`), "")),
			Contact{Holder: "EXAMPLE-NET"}},
		{"no escape gets in", ofNetwork(entity("registrant", property("fn", `"\u001b[31mExample\r\nX: \u202eOrg\u0000"`), "")), Contact{Holder: "[31mExample X: Org"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Network = netip.MustParsePrefix("192.0.2.0/24")
			got, err := parseContact([]byte(tt.answer), netip.MustParseAddr("192.0.2.7"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Prefix{})); d != "" {
				t.Errorf("contact (-want +got):\n%s", d)
			}
		})
	}
}

func TestAnAnswerAboutSomethingElseIsRefused(t *testing.T) {
	for _, answer := range []string{
		"", "[]", "{}", `{"objectClassName":"autnum"}`, `{"errorCode":404}`, `{"objectClassName":"ip network"}`,
		strings.ReplaceAll(ofNetwork(""), "192.0.2", "198.51.100"),
	} {
		if c, err := parseContact([]byte(answer), netip.MustParseAddr("192.0.2.7")); err == nil {
			t.Errorf("%s became %v", answer, c)
		}
	}
}

func TestTheNetworkIsTheWidestPrefixAroundTheAddress(t *testing.T) {
	for _, tt := range []struct{ start, end, addr, want string }{
		{"192.0.2.0", "192.0.2.255", "192.0.2.7", "192.0.2.0/24"},
		{"192.0.2.0", "192.0.2.191", "192.0.2.130", "192.0.2.128/26"},
		{"192.0.2.1", "192.0.2.6", "192.0.2.3", "192.0.2.2/31"},
		{"192.0.2.9", "192.0.2.9", "192.0.2.9", "192.0.2.9/32"},
		{"0.0.0.0", "255.255.255.255", "192.0.2.9", "0.0.0.0/0"},
		{"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::1", "2001:db8::/32"},
		{"192.0.2.10", "192.0.2.20", "192.0.2.9", ""},
		{"::", "ffff::", "192.0.2.9", ""},
		{"192.0.2.255", "192.0.2.0", "192.0.2.9", ""},
	} {
		got, ok := around(tt.start, tt.end, netip.MustParseAddr(tt.addr))
		if ok != (tt.want != "") || ok && got.String() != tt.want {
			t.Errorf("%s to %s around %s is %s, want %s", tt.start, tt.end, tt.addr, got, tt.want)
		}
	}
}

func FuzzContact(f *testing.F) {
	f.Add(ofNetwork(entity("abuse", property("email", `"abuse@example.org"`), entity("registrant", property("fn", `"\u001b[0m"`), ""))))
	f.Add(ofNetwork(entity("abuse", `,["email",{"type":["work"]},"uri",["mailto:a@example.org",["b@example.org\n"]]]`, "")))
	f.Add(`{"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.128","entities":[{"roles":"abuse","vcardArray":["vcard",[["email"]]]}]}`)
	addr := netip.MustParseAddr("192.0.2.7")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseContact([]byte(text), addr)
		if err != nil {
			return
		}
		if !c.Network.Contains(addr) {
			t.Errorf("network %s", c.Network)
		}
		if c.Holder != label(c.Holder) || len(c.Holder) > maxLabel || strings.ContainsFunc(c.Holder, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("holder %q", c.Holder)
		}
		for _, m := range c.Mail {
			if strings.ContainsAny(m, "\r\n\t <>,;:\"\\()[]") || strings.Count(m, "@") != 1 || len(m) > 320 {
				t.Errorf("mailbox %q", m)
			}
		}
	})
}
