package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// Forward is what was found of one syslog daemon of this host.
type Forward struct {
	Program string
	// File is where it is told to send here; empty: nowhere.
	File string
	// Mend are the commands that make it send.
	Mend []string
}

// syslogs are the syslog daemons that are looked for, with a file that tells that
// one is installed. journald comes last: beside the others it need not forward.
var syslogs = []struct {
	program, sign string
	files         []string
	mend          []string
}{
	{"rsyslog", "etc/rsyslog.conf", []string{"etc/rsyslog.conf", "etc/rsyslog.d/*.conf"}, []string{
		"install -m 644 deploy/rsyslog/50-syslog-blacklist.conf /etc/rsyslog.d/",
		"systemctl restart rsyslog"}},
	{"syslog-ng", "etc/syslog-ng/syslog-ng.conf", []string{"etc/syslog-ng/syslog-ng.conf", "etc/syslog-ng/conf.d/*.conf"}, []string{
		"install -m 644 deploy/syslog-ng/syslog-blacklist.conf /etc/syslog-ng/conf.d/",
		"systemctl restart syslog-ng"}},
	{"journald", "run/systemd/journal", []string{"etc/systemd/journald.conf", "usr/lib/systemd/journald.conf.d/*.conf", "etc/systemd/journald.conf.d/*.conf"}, []string{
		"install -D -m 644 deploy/journald/forward.conf /etc/systemd/journald.conf.d/syslog-blacklist.conf",
		"install -D -m 644 deploy/journald/syslog-blacklist.service.conf /etc/systemd/system/syslog-blacklist.service.d/journald.conf",
		"systemctl daemon-reload && systemctl reenable syslog-blacklist",
		"systemctl restart systemd-journald syslog.socket syslog-blacklist"}},
}

var journalForwards = regexp.MustCompile(`(?i)^\s*ForwardToSyslog\s*=\s*(yes|true|on|1)\s*$`)

// LookForForwards looks in the configuration of the host's syslog daemons, below
// root, for lines that name one of the listeners. A file that can't be read is an
// error; what was found is returned with it.
func LookForForwards(root fs.FS, listen []string) ([]Forward, error) {
	here := naming(listen)
	var out []Forward
	var errs []error
	for _, s := range syslogs {
		if _, err := fs.Stat(root, s.sign); err != nil {
			continue
		}
		line := here
		if s.program == "journald" {
			line = journalForwards
		}
		file, err := find(root, s.files, line)
		errs = append(errs, err)
		out = append(out, Forward{s.program, file, installed(root, s.mend)})
	}
	return out, errors.Join(errs...)
}

// installed returns the commands with the snippets where a package has put them.
func installed(root fs.FS, mend []string) []string {
	const dir = "usr/share/syslog-blacklist/deploy/"
	if _, err := fs.Stat(root, strings.TrimSuffix(dir, "/")); err != nil {
		return mend
	}
	var out []string
	for _, m := range mend {
		out = append(out, strings.ReplaceAll(m, " deploy/", " /"+dir))
	}
	return out
}

// naming matches a line that names the port or the path of a listener.
func naming(listen []string) *regexp.Regexp {
	alternatives := []string{`[^\s\S]`} // matches nothing
	for _, l := range listen {
		u, err := url.Parse(l)
		if err != nil {
			continue // a fault of the configuration
		}
		switch u.Scheme {
		case "udp", "tcp", "tls":
			if _, port, err := net.SplitHostPort(u.Host); err == nil {
				alternatives = append(alternatives, `(?:^|\D)`+port+`(?:\D|$)`)
			}
		case "unixgram":
			alternatives = append(alternatives, regexp.QuoteMeta(u.Path))
		}
	}
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// find returns the last of the files that has the line outside of comments.
func find(root fs.FS, globs []string, line *regexp.Regexp) (found string, err error) {
	for _, g := range globs {
		names, _ := fs.Glob(root, g) // the patterns are good
		for _, name := range names {
			text, e := fs.ReadFile(root, name)
			err = errors.Join(err, e)
			for l := range strings.Lines(string(text)) {
				l, _, _ = strings.Cut(l, "#")
				if line.MatchString(strings.TrimRight(l, "\n")) {
					found = "/" + name
				}
			}
		}
	}
	return found, err
}

// forwards tells whether the system's syslog sends here. Where it does not,
// messages may arrive all the same: of other hosts, and of programs that speak
// syslog themselves.
func (r *report) forwards(f *Facts, received uint64) {
	if !wantsSyslog(f.Listen) {
		r.add(Good, "syslog", "the listeners read files: nothing need be forwarded")
		return
	}
	if f.ForwardsErr != nil {
		r.add(Unknown, "syslog", f.ForwardsErr.Error(), "sudo syslog-blacklist doctor")
	}
	for _, s := range f.Forwards {
		if s.File != "" {
			r.addf(Good, "syslog", "%s forwards, by %s", s.Program, s.File)
			return
		}
	}
	level := Wrong
	if received > 0 {
		level = Warning
	}
	if len(f.Forwards) == 0 {
		r.add(level, "syslog", "no rsyslog, syslog-ng or journald was found on this host",
			"have the programs send to "+strings.Join(f.Listen, ", "), "or read their files, as in: listen: [file:///var/log/auth.log]")
		return
	}
	s := f.Forwards[0]
	r.add(level, "syslog", fmt.Sprintf("%s does not forward: none of its files names a listener", s.Program), s.Mend...)
}

func wantsSyslog(listen []string) bool {
	for _, l := range listen {
		if !strings.HasPrefix(l, "file:") && l != "stdin" {
			return true
		}
	}
	return false
}
