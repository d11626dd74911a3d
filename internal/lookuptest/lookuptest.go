// Package lookuptest plays those who are asked about addresses: a name server, a
// publisher of databases and a registry. For tests only.
package lookuptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"golang.org/x/net/dns/dnsmessage"
)

// Zone is what a name server knows, by "TYPE name." with the types PTR, A and
// AAAA. What it does not hold does not exist.
type Zone map[string][]string

// Serve answers questions that reach conn until that is closed.
func (z Zone) Serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		z.answer(&m)
		if answer, err := m.Pack(); err == nil {
			conn.WriteTo(answer, from)
		}
	}
}

func (z Zone) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	data, ok := z[strings.TrimPrefix(q.Type.String(), "Type")+" "+strings.ToLower(q.Name.String())]
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, d := range data {
		r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}}
		switch q.Type {
		case dnsmessage.TypePTR:
			r.Body = &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(d)}
		case dnsmessage.TypeA:
			r.Body = &dnsmessage.AResource{A: netip.MustParseAddr(d).As4()}
		case dnsmessage.TypeAAAA:
			r.Body = &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(d).As16()}
		}
		m.Answers = append(m.Answers, r)
	}
}

// Database is the content of an MMDB file that holds a record, written as JSON, for
// each prefix. Numbers become unsigned of 32 bits.
func Database(t testing.TB, records map[string]string) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", IncludeReservedNetworks: true, BuildEpoch: 1_700_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, record := range records {
		_, network, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(record), &v); err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		if err := tree.Insert(network, value(v)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func value(v any) mmdbtype.DataType {
	switch v := v.(type) {
	case string:
		return mmdbtype.String(v)
	case float64:
		return mmdbtype.Uint32(v)
	case bool:
		return mmdbtype.Bool(v)
	case []any:
		out := mmdbtype.Slice{}
		for _, x := range v {
			out = append(out, value(x))
		}
		return out
	case map[string]any:
		out := mmdbtype.Map{}
		for k, x := range v {
			out[mmdbtype.String(k)] = value(x)
		}
		return out
	}
	panic(fmt.Sprintf("lookuptest: no value of MMDB: %v", v))
}

// Bootstrap makes a directory of bootstrap files in which the server at url answers
// for all addresses.
func Bootstrap(t testing.TB, url string) string {
	t.Helper()
	dir := t.TempDir()
	for name, prefix := range map[string]string{"ipv4.json": "0.0.0.0/0", "ipv6.json": "::/0"} {
		text := fmt.Sprintf(`{"version":"1.0","services":[[["%s"],["%s/"]]]}`, prefix, url)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Network is a registry's answer: the network from first to last, registered to
// holder, with these mailboxes for abuse.
func Network(first, last, holder string, abuse ...string) string {
	card := func(property string, values ...string) any {
		p := []any{property, map[string]any{}, "text"}
		for _, v := range values {
			p = append(p, v)
		}
		return []any{"vcard", []any{[]any{"version", map[string]any{}, "text", "4.0"}, p}}
	}
	contact := map[string]any{"objectClassName": "entity", "roles": []string{"abuse"}, "vcardArray": card("email", abuse...)}
	text, err := json.Marshal(map[string]any{
		"objectClassName": "ip network", "startAddress": first, "endAddress": last,
		"entities": []any{map[string]any{
			"objectClassName": "entity", "roles": []string{"registrant"}, "vcardArray": card("fn", holder), "entities": []any{contact},
		}},
	})
	if err != nil {
		panic("lookuptest: " + err.Error())
	}
	return string(text)
}
