package firewall

import (
	"fmt"
	"slices"
	"strings"
)

// ours is what of one family's rules in one backend is ours: the chain and the
// jumps to it.
type ours struct {
	exists bool
	chain  []string // without "-A SYSLOG-BLACKLIST "
	jumps  []jump   // in their order
}

// jump is a rule of PREROUTING that goes to the chain.
type jump struct {
	position int    // among all rules of PREROUTING, from 1
	rule     string // without "-A PREROUTING "
}

// sameRules tells whether o and other are the same rules, wherever the jumps
// stand among the rules of others.
func (o ours) sameRules(other ours) bool {
	return o.exists == other.exists && slices.Equal(o.lines(), other.lines())
}

// lines returns the rules as iptables-save prints them.
func (o ours) lines() []string {
	var out []string
	for _, j := range o.jumps {
		out = append(out, "-A PREROUTING "+j.rule)
	}
	for _, r := range o.chain {
		out = append(out, "-A "+Chain+" "+r)
	}
	return out
}

// transition returns the input of iptables-restore --noflush that makes now into
// want, in one transaction, leaving all other rules in their order.
func transition(now, want ours) string {
	var b strings.Builder
	b.WriteString("*raw\n")
	// With --noflush this line creates the chain, or empties the one there is.
	fmt.Fprintf(&b, ":%s - [0:0]\n", Chain)
	for _, j := range now.jumps {
		fmt.Fprintf(&b, "-D PREROUTING %s\n", j.rule)
	}
	for _, j := range want.jumps {
		fmt.Fprintf(&b, "-I PREROUTING %d %s\n", j.position, j.rule)
	}
	for _, r := range want.chain {
		fmt.Fprintf(&b, "-A %s %s\n", Chain, r)
	}
	if !want.exists {
		fmt.Fprintf(&b, "-X %s\n", Chain)
	}
	b.WriteString("COMMIT\n")
	return b.String()
}

// ruleset is what iptables-save tells of one family in one backend.
type ruleset struct {
	ours
	before []string // rules of PREROUTING in raw that stand before our last jump and are not ours
	others int      // how many rules of PREROUTING in raw are not ours
	used   bool     // there is a rule, or a policy that is not ACCEPT, in any table
}

// parseSave reads the output of iptables-save. Lines it does not know are passed
// over: newer versions may print some.
func parseSave(text string) ruleset {
	var r ruleset
	var table string
	var waiting []string // rules of others since the last jump
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(line, "*"); ok {
			table = name
			continue
		}
		r.used = r.used || strings.HasPrefix(line, "-A ") || isClosedPolicy(line)
		if table != "raw" {
			continue
		}
		if strings.HasPrefix(line, ":"+Chain+" ") {
			r.exists = true
		}
		if rule, ok := ruleOf(Chain, line); ok {
			r.chain = append(r.chain, rule)
		}
		rule, ok := ruleOf("PREROUTING", line)
		switch {
		case !ok:
		case isJump(rule):
			r.jumps = append(r.jumps, jump{r.others + len(r.jumps) + 1, rule})
			r.before = append(r.before, waiting...)
			waiting = nil
		default:
			r.others++
			waiting = append(waiting, rule)
		}
	}
	return r
}

// ruleOf returns what the line appends to the chain: nothing at all for a rule
// that only counts, or one of nft's that iptables can't express.
func ruleOf(chain, line string) (rule string, ok bool) {
	rest, ok := strings.CutPrefix(line, "-A "+chain)
	rule, blank := strings.CutPrefix(rest, " ")
	return rule, ok && (blank || rest == "")
}

// isJump tells whether the rule's target is our chain. The target comes last,
// and a comment that says the same ends in a quote.
func isJump(rule string) bool {
	rule = " " + rule
	return strings.HasSuffix(rule, " -j "+Chain) || strings.HasSuffix(rule, " -g "+Chain)
}

func isClosedPolicy(line string) bool {
	fields := strings.Fields(line)
	return strings.HasPrefix(line, ":") && len(fields) > 1 && fields[1] != "ACCEPT" && fields[1] != "-"
}
