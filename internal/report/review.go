package report

import (
	"fmt"
	"strings"
	"time"

	"syslog-blacklist/internal/mail"
)

// maxReview bounds a mail for review, in bytes; what does not fit is named only.
const maxReview = 100 << 10

// review is the mail to oneself: what would go out, word by word.
type review struct {
	incidents []*Incident
	list      strings.Builder // a line each
	full      strings.Builder
	left      int // incidents that did not fit
}

func (v *review) add(i *Incident, reports []Rendered) {
	v.incidents = append(v.incidents, i)
	fmt.Fprintf(&v.list, "    syslog-blacklist report send %s    # %s\n", i.ID, i.title())
	if v.full.Len() > maxReview {
		v.left++
		return
	}
	for n := range reports {
		x := &reports[n]
		fmt.Fprintf(&v.full, "\n======== %s by %s, to %s\nSubject: %s\n\n%s", i.ID, x.Way, destination(x), x.Subject, x.Text)
		for _, p := range x.Parts {
			fmt.Fprintf(&v.full, "\n-------- attached: %s\n%s\n", p.Name, p.Body)
		}
	}
}

func destination(x *Rendered) string {
	if len(x.To) == 0 {
		return "nobody: no abuse desk is known; name it under report.desks, and restart the daemon"
	}
	return strings.Join(x.To, ", ")
}

func (v *review) message(cfg *Config, now time.Time) *mail.Message {
	first := v.incidents[0]
	m := &mail.Message{
		Subject: fmt.Sprintf("Report %s for review: %s", first.ID, first.title()), Date: now, ID: "review-" + first.UUID, Host: cfg.Domain(),
	}
	if n := len(v.incidents); n > 1 {
		m.Subject = fmt.Sprintf("%d reports for review", n)
	}
	m.Text = "Nothing has gone out. To send it:\n\n" + v.list.String()
	if cfg.Automatically {
		m.Text = "This goes out behind this mail:\n\n" + v.list.String()
	}
	m.Text += v.full.String()
	if v.left > 0 {
		m.Text += fmt.Sprintf("\nand %d more: syslog-blacklist report show ID\n", v.left)
	}
	return m
}
