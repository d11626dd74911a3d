package syslog_test

import (
	"strings"
	"testing"
	"time"

	oracle "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"
	"pgregory.net/rapid"

	"syslog-blacklist/internal/syslog"
)

var year = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// drawn are the fields of a well-formed message, "-" where RFC 5424 has none.
type drawn struct {
	priority                        string
	stamp, host, app, procid, msgid string
	data, msg                       string
}

func word(t *rapid.T, name string, most int) string {
	return rapid.StringMatching(`-|[A-Za-z0-9][A-Za-z0-9._/()-]{0,`+string(rune('0'+most))+`}`).Draw(t, name)
}

func draw5424(t *rapid.T) drawn {
	return drawn{
		priority: rapid.StringMatching(`0|[1-9][0-9]?|1[0-8][0-9]|19[01]`).Draw(t, "priority"),
		stamp:    rapid.StringMatching(`-|20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-2]):[0-5][0-9])`).Draw(t, "stamp"),
		host:     word(t, "host", 9),
		app:      word(t, "app", 9),
		procid:   word(t, "procid", 9),
		msgid:    word(t, "msgid", 9),
		data:     rapid.StringMatching(`-|(\[[a-z]{1,5}@[0-9]{1,5}( [a-z]{1,5}="([a-z \[é]|\\\]|\\"|\\\\){0,9}"){0,3}\]){1,3}`).Filter(distinct).Draw(t, "data"),
		msg:      rapid.StringMatching("(\xef\xbb\xbf)?[A-Za-lo-z][ -~é]{0,40}").Draw(t, "msg"),
	}
}

// distinct tells whether no SD-ID stands twice, as RFC 5424 section 6.3.2 wants.
func distinct(data string) bool {
	seen := map[string]bool{}
	for _, element := range strings.Split(data, "[")[1:] {
		id := strings.TrimRight(strings.SplitN(element, " ", 2)[0], "]")
		if strings.Contains(id, "@") && seen[id] {
			return false
		}
		seen[id] = true
	}
	return true
}

func TestRFC5424AsTheOracleReadsIt(t *testing.T) {
	machine := rfc5424.NewParser()
	rapid.Check(t, func(t *rapid.T) {
		d := draw5424(t)
		in := "<" + d.priority + ">1 " + strings.Join([]string{d.stamp, d.host, d.app, d.procid, d.msgid, d.data, d.msg}, " ")
		read, err := machine.Parse([]byte(in))
		if err != nil {
			t.Fatalf("the oracle refuses %q: %v", in, err)
		}
		want := read.(*rfc5424.SyslogMessage)
		var m syslog.Message
		syslog.Parse(&m, []byte(in))
		agree(t, in, &want.Base, &m)
	})
}

func TestRFC3164AsTheOracleReadsIt(t *testing.T) {
	machine := rfc3164.NewParser(rfc3164.WithYear(rfc3164.Year{YYYY: year.Year()}))
	rapid.Check(t, func(t *rapid.T) {
		h := syslog.Header{
			Priority: rapid.IntRange(0, 191).Draw(t, "priority"),
			Time:     year.Add(time.Duration(rapid.Int64Range(-150*24*3600, 150*24*3600).Draw(t, "seconds")) * time.Second),
			Host:     rapid.StringMatching(`[a-z][a-z0-9.-]{0,20}|192\.0\.2\.[1-9]`).Draw(t, "host"),
			Tag:      rapid.StringMatching(`[a-z][a-z0-9/_-]{0,20}`).Draw(t, "tag"),
			PID:      rapid.IntRange(0, 1<<22).Draw(t, "pid"),
		}
		in := string(syslog.Append(nil, &h, []byte(rapid.StringMatching(`[A-Za-lo-z][ -~]{0,40}`).Draw(t, "text"))))
		read, err := machine.Parse([]byte(in))
		if err != nil {
			t.Fatalf("the oracle refuses %q: %v", in, err)
		}
		want := read.(*rfc3164.SyslogMessage)
		var m syslog.Message
		syslog.Parse(&m, []byte(in))
		agree(t, in, &want.Base, &m)
	})
}

// agree fails unless m holds what the oracle read. PROCID without APP-NAME is
// ours alone to leave out.
func agree(t *rapid.T, in string, want *oracle.Base, m *syslog.Message) {
	if want.Appname == nil {
		want.ProcID = nil
	}
	compare := func(name string, want *string, got []byte) {
		if want == nil {
			want = new(string)
		}
		if strings.TrimPrefix(*want, "\xef\xbb\xbf") != string(got) {
			t.Errorf("%q: %s %q, the oracle says %q", in, name, got, *want)
		}
	}
	compare("host", want.Hostname, m.Host)
	compare("tag", want.Appname, m.Tag)
	compare("PID", want.ProcID, m.PID)
	compare("text", want.Message, m.Text)
	if int(*want.Priority) != m.Priority {
		t.Errorf("%q: priority %d, the oracle says %d", in, m.Priority, *want.Priority)
	}
	when := m.Time(year)
	if want.Timestamp == nil {
		want.Timestamp = new(time.Time)
	}
	if !when.Equal(*want.Timestamp) {
		t.Errorf("%q: time %v, the oracle says %v", in, when, *want.Timestamp)
	}
}
