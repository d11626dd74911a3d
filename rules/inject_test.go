package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"syslog-blacklist/rules"
)

// foreign is the address that attackers put into what they may choose, and client their own
// in the lines that a proof finds.
const foreign, client = "198.51.100.9", "192.0.2.1"

// words are texts around it that some program's rules look for, and signs that end a
// field or a line.
func words() []string {
	return []string{
		foreign, " " + foreign + " ", " from " + foreign, " from " + foreign + " port 22 ssh2", " from " + foreign + " port 22",
		" rhost=" + foreign, " rhost=" + foreign + "  user=root", " [client " + foreign + ":80] ", "] [client " + foreign + ":80] ",
		", rip=" + foreign + ", lip=" + foreign, ">, method=PLAIN, rip=" + foreign + ", lip=1, ", ", client: " + foreign + ", server: _, request: \"",
		"[" + foreign + "]", "[" + foreign + "]: SASL LOGIN authentication failed: ", " (" + foreign + ") ", "@" + foreign, " for '" + foreign + "' - Wrong password",
		"#012", `\n`, `\x0a`, `\"`, "\x1b[2K", "\t", "\xff", "é", "] ", `" `, "' ", "> ", ") ", "} ", ": ", ", ", "; ",
	}
}

// injections are the words, each alone and to a length of 200 bytes.
func injections() []string {
	out := words()
	for _, s := range words() {
		out = append(out, strings.Repeat(s, 200/len(s)+1)[:200])
	}
	return out
}

// field is a part of a sample that a client wrote.
type field struct {
	line       string
	start, end int
	own        []string // texts of the line's own that could deceive
}

// number is what no client's words are asked for.
var number = regexp.MustCompile(`^\d+$`)

// fields returns the parts of a line that its client may have chosen: the named
// groups of the pattern that matches, but for those that the daemon vouches for.
func fields(set *rules.Set, line, address string) []field {
	h, ok := match(set, line)
	if !ok {
		return nil
	}
	re := regexp.MustCompile(h.Pattern.Expr())
	loc := re.FindStringSubmatchIndex(line)
	var out []field
	for _, name := range clientGroups(h.Pattern) {
		start, end := loc[2*re.SubexpIndex(name)], loc[2*re.SubexpIndex(name)+1]
		if start < 0 || number.MatchString(line[start:end]) {
			continue
		}
		// The line's own text behind the field and before it, told of another address.
		own := []string{line[end:], line[:start], line}
		for i := range own {
			own[i] = strings.ReplaceAll(own[i], address, foreign)
		}
		out = append(out, field{line, start, end, own})
	}
	return out
}

// clientGroups returns the named groups of a pattern that hold its client's words: all
// but those that the steering comment above it speaks of, and the daemon's key of a session.
func clientGroups(p *rules.Pattern) []string {
	names := []string{}
	for _, name := range regexp.MustCompile(p.Expr()).SubexpNames() {
		spokenOf := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
		own := name == "" || name == "IP_NUMBER" || name == "session"
		if !own && !spokenOf.MatchString(p.Steering) {
			names = append(names, name)
		}
	}
	return names
}

// deceived tells whether the set takes another address than the true one from line.
func deceived(set *rules.Set, line, address string) bool {
	h, ok := match(set, line)
	return ok && h.Addr.IsValid() && h.Addr.String() != address
}

// shippedSamples calls f with all shipped rules of one name, all there are, and
// the samples of that name.
func shippedSamples(t *testing.T, f func(t *testing.T, own, all *rules.Set, samples []sample)) {
	t.Parallel()
	all := mustParse(t, "use "+strings.Join(rules.Library(), " ")+"\n")
	for _, name := range rules.Library() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, mustParse(t, "use "+name+"\n"), all, samples(t, name))
		})
	}
}

func TestNothingInAClientsFieldChangesTheAddress(t *testing.T) {
	texts := injections()
	shippedSamples(t, func(t *testing.T, own, all *rules.Set, samples []sample) {
		for _, s := range samples {
			address, _, _ := strings.Cut(s.want, " ")
			for _, f := range fields(own, s.line, address) {
				for _, text := range slices.Concat(texts, f.own) {
					for at := f.start; at <= f.end; at++ {
						line := f.line[:at] + text + f.line[at:]
						if deceived(own, line, address) || deceived(all, line, address) {
							t.Errorf("another address than %s is taken:\n%s", address, line)
							return
						}
					}
				}
			}
		}
	})
}

func TestNoMixtureInAClientsFieldChangesTheAddress(t *testing.T) {
	texts := injections()
	shippedSamples(t, func(t *testing.T, own, all *rules.Set, samples []sample) {
		type victim struct {
			field
			address string
		}
		var victims []victim
		for _, s := range samples {
			address, _, _ := strings.Cut(s.want, " ")
			for _, f := range fields(own, s.line, address) {
				victims = append(victims, victim{f, address})
			}
		}
		if len(victims) == 0 {
			return
		}
		rapid.Check(t, func(t *rapid.T) {
			v := rapid.SampledFrom(victims).Draw(t, "field")
			pieces := rapid.SliceOfN(rapid.SampledFrom(slices.Concat(texts, v.own)), 1, 4).Draw(t, "pieces")
			line := v.line[:v.start] + strings.Join(pieces, "") + v.line[v.end:]
			if deceived(own, line, v.address) || deceived(all, line, v.address) {
				t.Errorf("another address than %s is taken:\n%s", v.address, line)
			}
		})
	})
}
