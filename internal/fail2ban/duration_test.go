package fail2ban

import (
	"testing"
	"time"
)

func TestDurationsAreSpeltAsFail2banSpellsThem(t *testing.T) {
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"600", 10 * time.Minute},
		{"10m", 10 * time.Minute},
		{"10 min", 10 * time.Minute},
		{"1d12h", 36 * time.Hour},
		{"1d 12h", 36 * time.Hour},
		{"1week", 7 * day},
		{"4w", 28 * day},
		{"1mo", year / 12},
		{"6 months", year / 2},
		{"1year", year},
		{"2.5h", 150 * time.Minute},
		{"60*60*24", day},
		{"1hour+30min", 90 * time.Minute},
		{"5S", 5 * time.Second},
		{"999999999999999999999y", 100 * year},
	} {
		d, forever, err := parseDuration(tt.text)
		if err != nil || forever || d != tt.want {
			t.Errorf("%s: %v, %t, %v; want %v", tt.text, d, forever, err, tt.want)
		}
	}
	if _, forever, err := parseDuration("-1"); err != nil || !forever {
		t.Errorf("-1: %t, %v", forever, err)
	}
	for _, text := range []string{"", "0", "-1d", "soon", "10x", "1year-6mo", "*2", "10m)"} {
		if d, _, err := parseDuration(text); err == nil {
			t.Errorf("%q: %v and no error", text, d)
		}
	}
}
