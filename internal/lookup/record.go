package lookup

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"
)

// row holds the fields that publishers use, each his own:
//
//	MaxMind, DB-IP    country.iso_code, registered_country.iso_code
//	                  autonomous_system_number, autonomous_system_organization
//	IPinfo            country_code with country as a name, or country as a code
//	                  asn "AS64496", as_name or name
//	ip-location-db    country_code; the numbers as MaxMind
//
// A field that is of another kind than here is as good as missing.
type row struct {
	CountryCode       country `maxminddb:"country_code"`
	Country           country `maxminddb:"country"`
	RegisteredCountry country `maxminddb:"registered_country"`
	Number            number  `maxminddb:"autonomous_system_number"`
	ASN               number  `maxminddb:"asn"`
	Organization      word    `maxminddb:"autonomous_system_organization"`
	ASName            word    `maxminddb:"as_name"`
	Name              word    `maxminddb:"name"`
}

// learn fills r's empty fields from what a database has found for addr.
func (r *Record) learn(found maxminddb.Result, addr netip.Addr) {
	var w row
	if !found.Found() || found.Decode(&w) != nil {
		return
	}
	r.Country = cmp.Or(r.Country, string(cmp.Or(w.CountryCode, w.Country, w.RegisteredCountry)))
	asn := uint32(cmp.Or(w.Number, w.ASN))
	if r.ASN != 0 || asn == 0 { // the range of a country alone is no network
		return
	}
	r.ASN, r.Holder = asn, string(cmp.Or(w.Organization, w.ASName, w.Name))
	if network := found.Prefix(); network.Contains(addr) { // and not an IPv6 one around all of IPv4
		r.Network = network
	}
}

// country is a code of ISO 3166 in capitals, or empty where the field is none.
type country string

func (c *country) UnmarshalMaxMindDBCursor(at mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	if kind, err := at.Kind(); err != nil || kind != mmdbdata.KindMap {
		return c.read(at)
	}
	fields, err := at.Map()
	if err != nil {
		return at, err
	}
	var next mmdbdata.Cursor
	for {
		key, value, more := fields.Next(next)
		if !more {
			return fields.End()
		}
		if string(key) == "iso_code" {
			next, err = c.read(value) // and no map in it again: a broken file may hold itself
		} else {
			next, err = value.Skip()
		}
		if err != nil {
			return next, err
		}
	}
}

func (c *country) read(at mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	var s word
	next, err := s.UnmarshalMaxMindDBCursor(at)
	if isCountry(string(s)) {
		*c = country(strings.ToUpper(string(s)))
	}
	return next, err
}

// isCountry tells whether s is shaped like a code of ISO 3166.
func isCountry(s string) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	return len(s) == 2 && letter(s[0]) && letter(s[1])
}

// number is that of an autonomous system, written as a number or as "AS64496".
type number uint32

func (n *number) UnmarshalMaxMindDBCursor(at mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	kind, err := at.Kind()
	switch {
	case err == nil && (kind == mmdbdata.KindUint16 || kind == mmdbdata.KindUint32 || kind == mmdbdata.KindUint64):
		v, next, err := at.ReadUint()
		if v>>32 == 0 {
			*n = number(v)
		}
		return next, err
	default:
		var s word
		next, err := s.UnmarshalMaxMindDBCursor(at)
		if v, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(string(s)), "AS"), 10, 32); err == nil {
			*n = number(v)
		}
		return next, err
	}
}

// word is a clean text of one line, or empty where the field is no text.
type word string

func (w *word) UnmarshalMaxMindDBCursor(at mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	if kind, err := at.Kind(); err != nil || kind != mmdbdata.KindString {
		return at.Skip()
	}
	s, next, err := at.ReadString()
	*w = word(label(s))
	return next, err
}
