package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// checkXARF holds a report against the rules of XARF 4's schema.
func checkXARF(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var x map[string]any
	if err := json.Unmarshal(text, &x); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	str := func(m map[string]any, key string) string {
		s, _ := m[key].(string)
		if s == "" {
			t.Errorf("%s is missing in %v", key, m)
		}
		return s
	}
	moment := func(key string) {
		if _, err := time.Parse(time.RFC3339, str(x, key)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if !strings.HasPrefix(str(x, "xarf_version"), "4.") || !uuid.MatchString(str(x, "report_id")) {
		t.Errorf("version %v, ID %v", x["xarf_version"], x["report_id"])
	}
	moment("timestamp")
	for _, who := range []string{"reporter", "sender"} {
		m, _ := x[who].(map[string]any)
		str(m, "org")
		if contact, domain := str(m, "contact"), str(m, "domain"); !strings.HasSuffix(contact, "@"+domain) {
			t.Errorf("contact %q, domain %q", contact, domain)
		}
	}
	source := str(x, "source_identifier")
	_, err := netip.ParseAddr(source)
	address := err == nil
	switch kind := str(x, "category") + "/" + str(x, "type"); kind {
	case "connection/login_attack":
		str(x, "protocol")
		moment("first_seen")
		if port, _ := x["source_port"].(float64); address && (port < 1 || port > 65535) {
			t.Errorf("a login attack from %s without its port", source)
		}
	case "connection/vulnerability_scan":
		str(x, "protocol")
		moment("first_seen")
	case "reputation/blocklist":
	default:
		t.Errorf("type %s", kind)
	}
	list, _ := x["evidence"].([]any)
	for _, e := range list {
		m := e.(map[string]any)
		str(m, "content_type")
		payload, err := base64.StdEncoding.DecodeString(str(m, "payload"))
		sum := sha256.Sum256(payload)
		if err != nil || str(m, "hash") != "sha256:"+hex.EncodeToString(sum[:]) || len(payload) > 5<<20 || m["size"] != float64(len(payload)) {
			t.Errorf("evidence %v, error %v", m, err)
		}
	}
	return x
}

func TestXARFClaimsNoMoreThanIsKnown(t *testing.T) {
	for _, tt := range []struct{ name, line, want, categories string }{
		{"a login with a port", "sshd[1]: Failed password for root from 203.0.113.9 port 50022 ssh2", "connection/login_attack", "18,22"},
		{"a login without", "sshd[1]: Failed password for root from 203.0.113.9", "reputation/blocklist", "18,22"},
		{"a scan", "apache: [core:info] [pid 1] [client 203.0.113.9:7] AH00128: File does not exist: /var/www/html/phpmyadmin", "connection/vulnerability_scan", "21"},
		{"what has no name", "app: alice from 203.0.113.9", "reputation/blocklist", "15"},
		{"a rejected mail", "postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1 <a@example.org>: Relay access denied; from=<b@example.org> to=<a@example.org> proto=ESMTP helo=<x>", "reputation/blocklist", "15"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, config())
			b.see(noon, tt.line, true)
			i := b.List()[0]
			text, err := b.xarf(i, &i.Sources[0])
			if err != nil {
				t.Fatal(err)
			}
			x := checkXARF(t, text)
			if got := x["category"].(string) + "/" + x["type"].(string); got != tt.want {
				t.Errorf("%s, want %s (%v)", got, tt.want, i.Kind)
			}
			if got := i.Kind.categories(); got != tt.categories {
				t.Errorf("categories %s, want %s", got, tt.categories)
			}
		})
	}
}
