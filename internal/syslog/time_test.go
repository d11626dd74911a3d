package syslog_test

import (
	"regexp"
	"testing"
	"time"

	"syslog-blacklist/internal/syslog"
)

func TestNothingButDigitsAndColonsIsATimeOfDay(t *testing.T) {
	const day, clock = "Nov 21 ", "10:00:00"
	isTime := regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)$`)
	for at := range clock {
		for c := range 256 {
			b := []byte(clock)
			b[at] = byte(c)
			m := parse(t, day+string(b)+" host sshd: x")
			if got := string(m.Stamp) == day+string(b) && !m.Time(year).IsZero(); got != isTime.Match(b) {
				t.Errorf("%q is a time: %v, want %v", b, got, !got)
			}
		}
	}
}

func TestTimeReadsTheStamp(t *testing.T) {
	home := time.FixedZone("home", 3600)
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, home)
	silvester := time.Date(2026, 12, 31, 23, 59, 0, 0, home)
	newYear := time.Date(2027, 1, 1, 0, 1, 0, 0, home)
	leap := time.Date(2028, 2, 29, 12, 0, 0, 0, home)
	tests := []struct {
		name, stamp string
		now, want   time.Time
		zoned       bool
	}{
		{"a traditional stamp is local and of this year", "Nov 21 10:00:00", noon, time.Date(2026, 11, 21, 10, 0, 0, 0, home), false},
		{"with milliseconds", "Nov 21 10:00:00.123", noon, time.Date(2026, 11, 21, 10, 0, 0, 123e6, home), false},
		{"of last year, read in January", "Dec 31 23:59:59", newYear, time.Date(2026, 12, 31, 23, 59, 59, 0, home), false},
		{"of next year, read in December", "Jan  1 00:00:10", silvester, time.Date(2027, 1, 1, 0, 0, 10, 0, home), false},
		{"the 29th of February in a leap year", "Feb 29 10:00:00", leap, time.Date(2028, 2, 29, 10, 0, 0, 0, home), false},
		{"the 29th of February, read after one", "Feb 29 10:00:00", leap.AddDate(1, 0, -28), time.Date(2028, 2, 29, 10, 0, 0, 0, home), false},
		{"the 29th of February, far from a leap year", "Feb 29 10:00:00", leap.AddDate(2, 0, 0), time.Time{}, false},
		{"a year before the time", "Nov 21 2025 10:00:00", noon, time.Date(2025, 11, 21, 10, 0, 0, 0, home), false},
		{"a year behind the time", "Nov 21 10:00:00 2025", noon, time.Date(2025, 11, 21, 10, 0, 0, 0, home), false},
		{"ctime", "Sat Nov 21 10:00:00.123456 2026", noon, time.Date(2026, 11, 21, 10, 0, 0, 123456e3, home), false},
		{"RFC 3339 in UTC", "2026-11-21T10:00:00.5Z", noon, time.Date(2026, 11, 21, 10, 0, 0, 5e8, time.UTC), true},
		{"RFC 3339 with an offset", "2026-11-21T10:00:00-02:30", noon, time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC), true},
		{"an offset without a colon", "2026-11-21T10:00:00+0100", noon, time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), true},
		{"an offset behind a blank", "2026-11-21 10:00:00,5 +0100", noon, time.Date(2026, 11, 21, 9, 0, 0, 5e8, time.UTC), true},
		{"ISO without a zone is local", "2026-11-21T10:00:00", noon, time.Date(2026, 11, 21, 10, 0, 0, 0, home), false},
		{"slashes", "2026/11/21 10:00:00", noon, time.Date(2026, 11, 21, 10, 0, 0, 0, home), false},
		{"day first", "21-Nov-2026 10:00:00.123", noon, time.Date(2026, 11, 21, 10, 0, 0, 123e6, home), false},
		{"day first as access logs write it", "21/Nov/2026:10:00:00 +0100", noon, time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), true},
		{"sixty digits of a second", "2026-11-21T10:00:00." + sixty + "Z", noon, time.Date(2026, 11, 21, 10, 0, 0, 12345678, time.UTC), true},
		{"a leap second is the next one", "2016-12-31T23:59:60Z", noon, time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{"no stamp", "", noon, time.Time{}, false},
		{"no month", "Nix 21 10:00:00", noon, time.Time{}, false},
		{"no such day", "Nov 31 10:00:00", noon, time.Time{}, false},
		{"day zero", "Nov 00 10:00:00", noon, time.Time{}, false},
		{"no such month", "2026-13-21T10:00:00Z", noon, time.Time{}, false},
		{"no such hour", "2026-11-21T24:00:00Z", noon, time.Time{}, false},
		{"no such offset", "2026-11-21T10:00:00+24:00", noon, time.Time{}, false},
		{"something behind it", "2026-11-21T10:00:00Zulu", noon, time.Time{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := syslog.Message{Stamp: []byte(test.stamp)}
			if got := m.Time(test.now); !got.Equal(test.want) {
				t.Errorf("%q: %v; want %v", test.stamp, got, test.want)
			}
			want := test.want
			if !test.zoned {
				want = time.Time{}
			}
			if got := m.ZonedTime(); !got.Equal(want) {
				t.Errorf("%q: with its zone %v; want %v", test.stamp, got, want)
			}
		})
	}
}
