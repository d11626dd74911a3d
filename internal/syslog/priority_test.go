package syslog_test

import (
	"testing"

	"syslog-blacklist/internal/syslog"
)

func TestParsePriorityReadsWhatLoggerTakes(t *testing.T) {
	for in, want := range map[string]int{
		"kern.emerg": 0, "auth.notice": 4*8 + 5, "security.info": 4*8 + 6, "authpriv.warn": 10*8 + 4, "ftp.debug": 11*8 + 7,
		"local0.panic": 16 * 8, "local7.error": 23*8 + 3, "local7.debug": 191, "notice": 1*8 + 5,
	} {
		if got, err := syslog.ParsePriority(in); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestParsePriorityNamesWhatIsAllowed(t *testing.T) {
	const facilities = "kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, local4, local5, local6, local7"
	const severities = "emerg, alert, crit, err, warning, notice, info, debug"
	for in, want := range map[string]string{
		"":            `priority "": no severity "": write one of ` + severities,
		"13":          `priority "13": no severity "13": write one of ` + severities,
		"auth.loud":   `priority "auth.loud": no severity "loud": write one of ` + severities,
		"local8.info": `priority "local8.info": no facility "local8": write one of ` + facilities,
		".info":       `priority ".info": no facility "": write one of ` + facilities,
		"Auth.info":   `priority "Auth.info": no facility "Auth": write one of ` + facilities,
	} {
		if _, err := syslog.ParsePriority(in); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", in, err, want)
		}
	}
}
