package main_test

import (
	"os"
	"regexp"
	"testing"

	"syslog-blacklist/internal/kerneltest"
)

func TestSyslogNGForwardsByTheShippedSnippet(t *testing.T) {
	kerneltest.Require(t, "ipset", "syslog-ng", "logger")
	for _, destination := range []string{"d_syslog_blacklist", "d_syslog_blacklist_tcp"} {
		t.Run(destination, func(t *testing.T) {
			daemon := launch(t, program(t, "syslog-blacklist"), shippedRules(t, "")...)
			daemon.says("bans in force")

			dir := t.TempDir()
			socket := dir + "/log"
			conf := file(t, "syslog-ng.conf", "@version: current\nsource s_src { unix-dgram(\""+socket+"\"); };\n"+
				snippet(t, "syslog-ng/syslog-blacklist.conf", "destination(d_syslog_blacklist)", "destination("+destination+")"))
			sender := launch(t, "syslog-ng", "--foreground", "--no-caps", "--cfgfile="+conf, "--persist-file="+dir+"/persist",
				"--pidfile="+dir+"/pid", "--control="+dir+"/control")
			until(t, "syslog-ng listens", func() bool { _, err := os.Stat(socket); return err == nil }, sender)

			log := func(tag, text string) { kerneltest.Run(t, "logger", "-u", socket, "-p", "auth.info", "-t", tag, text) }
			log("syslog-blacklist", "what the daemon itself logs stays out")
			for range 5 {
				log("sshd[4711]", "Failed password for root from 203.0.113.9 port 50022 ssh2")
			}
			daemon.says("blacklisting 203.0.113.9 for sshd password")
			if !inSet(t, "blacklist", "203.0.113.9") {
				t.Errorf("203.0.113.9 is not in the set:\n%s", kerneltest.Run(t, "ipset", "save", "blacklist"))
			}
			if got := metrics(t); !regexp.MustCompile(`(?m)^syslog_blacklist_messages_received_total\{.*\} 5$`).MatchString(got) {
				t.Errorf("not five messages have arrived:\n%s", got)
			}
		})
	}
}
