package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

// deskMail is the mail to an abuse desk: a text for people first, then XARF for their
// programs, an attachment an address, and the lines as a file.
func (r *Reporter) deskMail(i *Incident, now time.Time) (Rendered, error) {
	x := Rendered{Way: ByDesk, To: r.Desks(i), Subject: "Abuse report: " + i.title(), Text: r.deskText(i)}
	for n := range i.Sources {
		body, err := r.xarf(i, &i.Sources[n])
		if err != nil {
			return x, err
		}
		name := "xarf.json"
		if n > 0 {
			name = fmt.Sprintf("xarf-%d.json", n+1)
		}
		x.Parts = append(x.Parts, mail.Part{Name: name, Type: "application/json", Body: body})
	}
	x.Parts = append(x.Parts, mail.Part{Name: "lines.txt", Type: "text/plain; charset=utf-8", Body: []byte(i.log())})
	if len(x.To) == 0 { // it is shown, with nobody to send it to
		return x, nil
	}
	return r.mailing(x, i, now)
}

func (r *Reporter) deskText(i *Incident) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Dear abuse desk,\n\nthis came to us from your network %s", i.network())
	if i.Holder != "" {
		fmt.Fprintf(&b, " (%s)", i.Holder)
	}
	fmt.Fprintf(&b, ". Please look into it.\n\nWhat:       %s\n", i.Kind)
	for _, s := range i.Sources {
		fmt.Fprintf(&b, "Source:     %s\n", s.Address)
		if s.Name != "" {
			fmt.Fprintf(&b, "Name:       %s (reverse DNS)\n", s.Name)
		}
		fmt.Fprintf(&b, "First seen: %s\nLast seen:  %s\nAttempts:   %d\n", stamp(s.First), stamp(s.Last), s.Count)
		if len(s.Ports) > 0 {
			fmt.Fprintf(&b, "From ports: %s\n", join(s.Ports))
		}
		b.WriteString("\n")
	}
	if i.More > 0 {
		fmt.Fprintf(&b, "and %d attempts from other addresses of the network.\n\n", i.More)
	}
	if r.cfg.System != "" {
		fmt.Fprintf(&b, "Target:     %s\n\n", r.cfg.System)
	}
	fmt.Fprintf(&b, "Log lines (the first %d; what is ours is left out as ***):\n\n%s\n", len(i.Lines), i.log())
	fmt.Fprintf(&b, "The attachment xarf.json says the same in XARF 4 (https://xarf.org).\n\n-- \n%s\n%s\nReport %s\n",
		r.cfg.Organisation, r.cfg.Contact, i.UUID)
	return b.String()
}

func join(ports []uint16) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ports), " ", ", "), "[]")
}

// Desks returns who is written to about an incident: whom the administrator names
// for its network, or else whom the registry does.
func (r *Reporter) Desks(i *Incident) []string {
	var to []string
	bits := -1
	for _, d := range r.cfg.Desks {
		if d.Net.Overlaps(i.Network) && d.Net.Bits() <= i.Network.Bits() && d.Net.Bits() > bits {
			to, bits = d.To, d.Net.Bits()
		}
	}
	if to != nil {
		return to
	}
	return slices.DeleteFunc(slices.Clone(i.Desk), func(a string) bool { return !bare(a) })
}
