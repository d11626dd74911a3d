package fail2ban

import (
	"regexp"
	"strings"
)

var (
	// actionOptions are what stands in brackets behind an action's name.
	actionOptions = regexp.MustCompile(`(?s)\[[^\]]*\]`)
	// blockers are the actions whose place the kernel's sets take.
	blockers = regexp.MustCompile(`^(?:iptables|nftables|firewallcmd|shorewall|ipfw|bsd-ipfw|pf|npf|ufw|route|hostsdeny|ipfilter|osx-|apf|blocklist$|netscaler$)`)
)

// beside reports the actions of a jail that do something beside blocking.
func (im *importer) beside(j *jail) {
	r := &jailReader{im, j.name}
	for _, name := range strings.Fields(actionOptions.ReplaceAllString(r.get("action"), "")) {
		if !blockers.MatchString(name) {
			r.report("action", "%s: nothing is done here but blocking", quote(name))
		}
	}
}
