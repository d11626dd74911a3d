package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Forever is the duration of a ban that does not end by itself.
const Forever time.Duration = math.MaxInt64

// units are in the order of their size.
var units = []struct {
	letter byte
	length time.Duration
}{
	{'w', 7 * 24 * time.Hour},
	{'d', 24 * time.Hour},
	{'h', time.Hour},
	{'m', time.Minute},
	{'s', time.Second},
}

// ParseDuration reads 12h, 1h30m, 90 (seconds) and forever. A duration is a
// second at least.
func ParseDuration(s string) (time.Duration, error) {
	if s == "forever" {
		return Forever, nil
	}
	var total time.Duration
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		unit := time.Second // of a bare number
		if i < len(s) || start > 0 {
			unit = unitOf(s[i:])
		}
		if start == i || unit == 0 {
			return 0, fmt.Errorf("%s is no duration: write 90 (seconds), 12h, 1h30m, 2d, 4w or forever", quote(s))
		}
		n, err := strconv.ParseInt(s[start:i], 10, 64)
		if err != nil || n > int64((Forever-1-total)/unit) {
			return 0, fmt.Errorf("%s is too long: the longest duration is 15250w; beyond that write forever", quote(s))
		}
		total += time.Duration(n) * unit
		i++
	}
	if total == 0 {
		return 0, fmt.Errorf("%s is no duration: write at least 1s, or forever", quote(s))
	}
	return total, nil
}

// unitOf returns the unit that s begins with, or 0.
func unitOf(s string) time.Duration {
	for _, u := range units {
		if s != "" && s[0] == u.letter {
			return u.length
		}
	}
	return 0
}

// FormatDuration writes d as ParseDuration reads it, without its fraction
// of a second: 12h, 1h30m, 4w, forever; 0s for less than one.
func FormatDuration(d time.Duration) string {
	if d == Forever {
		return "forever"
	}
	var b strings.Builder
	for _, u := range units {
		if n := d / u.length; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10))
			b.WriteByte(u.letter)
			d -= n * u.length
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}
