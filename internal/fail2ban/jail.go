package fail2ban

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"syslog-blacklist/rules"
)

// jail is one that is enabled.
type jail struct {
	name          string
	at            place
	filter        string
	filterText    string // with the options, as it stands in the jail
	filterOptions section
	logs          []string // paths and patterns of paths
	systemd       bool     // the journal is read, not files
	verdict       verdict
	shipped       shipped // rules that do the work
	asks          bool    // a command is asked whom to spare
	letsIn        bool    // the action does the contrary of blocking
}

// verdict is how long and after how many.
type verdict struct {
	ban, find, most time.Duration // most is the longest of those that double, or 0
	retry           int
}

// String writes it as rules have it.
func (v verdict) String() string {
	if v.retry > 1 {
		return v.counted()
	}
	return rules.FormatDuration(v.ban) + v.doubling()
}

// counted is the same with its count, even if that is one.
func (v verdict) counted() string {
	return fmt.Sprintf("%s after %d in %s", rules.FormatDuration(v.ban), v.retry, rules.FormatDuration(v.find)) + v.doubling()
}

func (v verdict) doubling() string {
	if v.most == 0 {
		return ""
	}
	return " doubling to " + rules.FormatDuration(v.most)
}

// jailReader reads the options of one jail and reports what it can't.
type jailReader struct {
	im   *importer
	name string
}

func (r *jailReader) at(opt string) place {
	if v, ok := r.im.cfg.own(r.name, opt); ok {
		return v[0].at
	}
	return place{r.im.dir, 0}
}

func (r *jailReader) report(opt, format string, args ...any) {
	r.im.report(r.at(opt), "%s%s: %s", r.own(opt), opt, fmt.Sprintf(format, args...))
}

// own names the jail where an option is its own. Those of all jails are reported once.
func (r *jailReader) own(opt string) string {
	if _, ok := r.im.cfg.sections[r.name][opt]; ok {
		return "[" + r.name + "] "
	}
	return ""
}

func (r *jailReader) get(opt string) string {
	v, _, err := r.im.cfg.get(r.name, opt, nil)
	if err != nil {
		r.im.report(r.at(opt), "%s%v", r.own(opt), err)
	}
	return strings.TrimSpace(v.String())
}

func (r *jailReader) duration(opt string, otherwise time.Duration) time.Duration {
	text := r.get(opt)
	if text == "" {
		return otherwise
	}
	d, forever, err := parseDuration(text)
	switch {
	case err != nil:
		r.report(opt, "%v; %s is taken", err, rules.FormatDuration(otherwise))
		return otherwise
	case forever:
		return rules.Forever
	}
	return d
}

func truth(s string) bool {
	return slices.Contains([]string{"1", "on", "true", "yes"}, strings.ToLower(s))
}

// readJail reads a jail, nil when it is not enabled or its filter can't be read.
func (im *importer) readJail(name string) *jail {
	r := &jailReader{im, name}
	if !truth(r.get("enabled")) {
		return nil
	}
	j := &jail{name: name, at: im.cfg.headers[name], verdict: r.verdict(), filterText: r.get("filter"), filterOptions: section{}}
	if j.filterText != "" { // else the jail itself has the patterns
		var err error
		if j.filter, j.filterOptions, err = splitOptions(j.filterText, r.at("filter")); err != nil {
			r.report("filter", "%v; the jail is left out", err)
			return nil
		}
	}
	j.letsIn = slices.Contains([]string{"RETURN", "ACCEPT"}, strings.ToUpper(r.get("blocktype")))
	j.systemd = strings.HasPrefix(r.get("backend"), "systemd")
	if !j.systemd {
		for l := range strings.Lines(r.get("logpath")) {
			path, _, _ := strings.Cut(strings.TrimSpace(l), " ") // "tail" may stand behind it
			if path != "" {
				j.logs = append(j.logs, path)
			}
		}
	}
	return j
}

// maxRetry is the largest count of rules.
const maxRetry = 255

func (r *jailReader) verdict() verdict {
	v := verdict{ban: r.duration("bantime", 10*time.Minute), find: r.duration("findtime", 10*time.Minute), retry: 5}
	if text := r.get("maxretry"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxRetry {
			r.report("maxretry", "%s is not between 1 and %d; %d is taken", quote(text), maxRetry, min(max(n, 1), maxRetry))
		}
		v.retry = min(max(n, 1), maxRetry)
	}
	if v.find == rules.Forever {
		r.report("findtime", "a window must end; 10m is taken")
		v.find = 10 * time.Minute
	}
	if truth(r.get("bantime.increment")) && v.ban != rules.Forever {
		v.most = max(v.ban, r.duration("bantime.maxtime", rules.Forever))
		for _, opt := range []string{"bantime.factor", "bantime.formula", "bantime.multipliers", "bantime.rndtime", "bantime.overalljails"} {
			if r.get(opt) != "" {
				r.report(opt, "bans double here, for each entry by itself")
			}
		}
	}
	return v
}

var (
	optionList  = regexp.MustCompile(`(?s)^([^\[]+)(?:\[(.*)\])?\s*$`)
	optionFirst = regexp.MustCompile(`(?s)^\s*([\w.-]+)=(?:"([^"]*)"|'([^']*)'|([^,\]]*))(?:,|\]\s*\[|$)`)
)

// splitOptions reads NAME[option="value", …].
func splitOptions(text string, at place) (string, section, error) {
	m := optionList.FindStringSubmatch(text)
	if m == nil {
		return "", nil, fmt.Errorf("%s is not NAME[option=value, …]", quote(text))
	}
	options := section{}
	for rest := m[2]; strings.Trim(rest, ", \t\n") != ""; {
		o := optionFirst.FindStringSubmatch(rest)
		if o == nil {
			return "", nil, fmt.Errorf("%s is not option=value", quote(rest))
		}
		var v value
		for l := range strings.SplitSeq(strings.TrimSpace(o[2]+o[3]+o[4]), "\n") {
			v = append(v, line{strings.Trim(l, blanks), at})
		}
		options[strings.ToLower(o[1])] = v
		rest = rest[len(o[0]):]
	}
	return strings.TrimSpace(m[1]), options, nil
}

// mode is the filter's.
func (j *jail) mode() string { return j.filterOptions["mode"].String() }

// logtype is fail2ban's word for where the lines come from.
func (j *jail) logtype() string {
	if j.systemd {
		return "journal"
	}
	return "file"
}

// syslogFiles are those that syslog daemons write in the usual installations, somewhere
// below /var/log. Names that other programs use too are theirs at its top alone.
var (
	syslogFiles = []string{"auth.log", "secure", "mail.log", "mail.warn", "mail.err", "maillog", "mail.info",
		"daemon.log", "kern.log", "local0.log", "cron.log", "haproxy.log", "slapd.log"}
	varLogFiles = []string{"messages", "syslog", "debug", "user.log", "system.log"}
)

// files returns the logs that syslog doesn't write: their lines must be fetched.
func (j *jail) files() []string {
	var out []string
	for _, path := range j.logs {
		name, ok := strings.CutPrefix(path, "/var/log/")
		if !ok || !slices.Contains(syslogFiles, filepath.Base(name)) && !slices.Contains(varLogFiles, name) {
			out = append(out, path)
		}
	}
	return out
}

// notInTag is what a program's name may not hold where a file's lines are given one.
var notInTag = regexp.MustCompile(`[^\w./-]+`)

// tag is the program's name that is put before the lines of the jail's files.
func (j *jail) tag() string {
	t := notInTag.ReplaceAllString(j.name, "-")
	return t[:min(len(t), 64)]
}

// sources returns the ways in which the jail's lines reach us: as syslog, or as lines of
// files that are given a tag.
func (im *importer) sources(j *jail, daemon string) []source {
	var out []source
	files := j.files()
	if len(files) < len(j.logs) || len(j.logs) == 0 {
		out = append(out, source{daemon: daemon})
	}
	for _, path := range files {
		if s := (source{tag: im.tags[path], daemon: daemon}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
