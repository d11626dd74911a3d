package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// xarf is a report as XARF 4 wants it (https://github.com/xarf/xarf-spec), about one
// address.
type xarf struct {
	Version    string         `json:"xarf_version"`
	ID         string         `json:"report_id"`
	Timestamp  time.Time      `json:"timestamp"` // of the incident
	Reporter   xarfParty      `json:"reporter"`
	Sender     xarfParty      `json:"sender"`
	Source     string         `json:"source_identifier"`
	SourcePort uint16         `json:"source_port,omitempty"`
	Category   string         `json:"category"`
	Type       string         `json:"type"`
	Protocol   string         `json:"protocol,omitempty"`
	FirstSeen  *time.Time     `json:"first_seen,omitempty"`
	LastSeen   *time.Time     `json:"last_seen,omitempty"`
	Evidence   []xarfEvidence `json:"evidence,omitempty"`
}

type xarfParty struct {
	Org     string `json:"org"`
	Contact string `json:"contact"`
	Domain  string `json:"domain"`
}

type xarfEvidence struct {
	ContentType string `json:"content_type"`
	Description string `json:"description"`
	Payload     string `json:"payload"` // base64
	Hash        string `json:"hash"`
	Size        int    `json:"size"`
}

// xarf renders what one address did.
func (r *Reporter) xarf(i *Incident, s *Source) ([]byte, error) {
	us := xarfParty{r.cfg.Organisation, r.cfg.Contact, r.cfg.Domain()}
	first, last := s.First.Round(time.Second), s.Last.Round(time.Second)
	x := xarf{
		Version: "4.2.0", ID: s.UUID, Timestamp: last, Reporter: us, Sender: us, Source: s.Address.String(),
		FirstSeen: &first, LastSeen: &last, Evidence: evidenceOf(i, s),
	}
	if len(s.Ports) > 0 {
		x.SourcePort = s.Ports[0]
	}
	x.Category, x.Type = xarfType(i.Kind, x.SourcePort != 0)
	if x.Category == "connection" {
		x.Protocol = "tcp"
	}
	return json.MarshalIndent(x, "", "  ")
}

// xarfType claims no more than is known. A login attack from an address must name the
// port it came from, since behind a carrier's NAT the address alone is thousands of
// people's; where the line holds none, the report says that the address is on a
// blocklist: ours.
func xarfType(k Kind, port bool) (category, kind string) {
	switch {
	case k.Attack == "login" && k.tcp() && port:
		return "connection", "login_attack"
	case k.Attack == "scan" && k.tcp():
		return "connection", "vulnerability_scan"
	}
	return "reputation", "blocklist"
}

// evidenceOf is the lines about one address.
func evidenceOf(i *Incident, s *Source) []xarfEvidence {
	var b strings.Builder
	for _, l := range i.Lines {
		if l.Address == s.Address {
			fmt.Fprintf(&b, "%s %s\n", l.At.Format(time.RFC3339), l.Text)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(b.String()))
	return []xarfEvidence{{
		ContentType: "text/plain", Description: "log lines, shortened", Payload: base64.StdEncoding.EncodeToString([]byte(b.String())),
		Hash: "sha256:" + hex.EncodeToString(sum[:]), Size: b.Len(),
	}}
}
