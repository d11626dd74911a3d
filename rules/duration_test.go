package rules_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"syslog-blacklist/rules"
)

func TestWhatFormatDurationWritesParseDurationReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, 1e9).Draw(t, "seconds")) * time.Second
		got, err := rules.ParseDuration(rules.FormatDuration(d))
		if err != nil || got != d {
			t.Fatalf("%v is written %s and read back as %v, %v", d, rules.FormatDuration(d), got, err)
		}
	})
}

func TestDurationsAreWrittenAsPeopleDo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		12 * time.Hour: "12h", 90 * time.Minute: "1h30m", 14 * 24 * time.Hour: "2w",
		0: "0s", 1500 * time.Millisecond: "1s", rules.Forever: "forever",
	} {
		if got := rules.FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%v) = %q, want %q", d, got, want)
		}
	}
}
