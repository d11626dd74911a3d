package lookup

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// row holds the fields that publishers use, each his own:
//
//	MaxMind, DB-IP    country.iso_code, registered_country.iso_code
//	                  autonomous_system_number, autonomous_system_organization
//	IPinfo            country_code with country as a name, or country as a code
//	                  asn "AS64496", as_name or name
//	ip-location-db    country_code; the numbers as MaxMind
//
// What is a text here and a map there is decoded as any.
type row struct {
	Country           any    `maxminddb:"country"`
	RegisteredCountry any    `maxminddb:"registered_country"`
	CountryCode       string `maxminddb:"country_code"`
	Number            uint32 `maxminddb:"autonomous_system_number"`
	Organization      string `maxminddb:"autonomous_system_organization"`
	ASN               any    `maxminddb:"asn"`
	ASName            string `maxminddb:"as_name"`
	Name              any    `maxminddb:"name"`
}

// learn fills r's empty fields from what a database holds.
func (r *Record) learn(found maxminddb.Result) {
	var w row
	if !found.Found() || found.Decode(&w) != nil {
		return
	}
	r.add(&w, found.Prefix())
}

func (r *Record) add(w *row, network netip.Prefix) {
	if r.Country == "" {
		if r.Country = w.country(); r.Country != "" && !r.Network.IsValid() {
			r.Network = network
		}
	}
	if r.ASN == 0 {
		if r.ASN = w.asn(); r.ASN != 0 {
			r.Network, r.Holder = network, w.holder()
		}
	}
}

func (w *row) country() string {
	for _, v := range []any{w.CountryCode, w.Country, w.RegisteredCountry} {
		if m, ok := v.(map[string]any); ok {
			v = m["iso_code"]
		}
		if s, _ := v.(string); isCountry(s) {
			return strings.ToUpper(s)
		}
	}
	return ""
}

// isCountry tells whether s is shaped like a code of ISO 3166.
func isCountry(s string) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	return len(s) == 2 && letter(s[0]) && letter(s[1])
}

func (w *row) asn() uint32 {
	if w.Number != 0 {
		return w.Number
	}
	switch v := w.ASN.(type) {
	case string:
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v), "AS"), 10, 32)
		if err == nil {
			return uint32(n)
		}
	case uint64:
		if v>>32 == 0 {
			return uint32(v)
		}
	}
	return 0
}

func (w *row) holder() string {
	name, _ := w.Name.(string)
	for _, s := range []string{w.Organization, w.ASName, name} {
		if h := label(s); h != "" {
			return h
		}
	}
	return ""
}
