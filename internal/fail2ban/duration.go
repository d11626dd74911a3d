package fail2ban

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// term is a number and what it is of; fail2ban understands the first letters of each unit too.
var term = regexp.MustCompile(`^([+*]?)\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*`)

const (
	day  = 24 * time.Hour
	year = 365*day + 6*time.Hour // as fail2ban counts; a month is a twelfth
)

// unit returns how long a unit of fail2ban's is, 0 when there is none of that name.
func unit(name string) time.Duration {
	switch {
	case name == "":
		return time.Second
	case startOf(name, "seconds", 3, "ss"):
		return time.Second
	case startOf(name, "minutes", 3, "mm"):
		return time.Minute
	case startOf(name, "hours", 3, "hh"):
		return time.Hour
	case startOf(name, "days", 2, "dd"):
		return day
	case startOf(name, "weeks", 3, "ww"):
		return 7 * day
	case name == "mo" || name == "mon" || name == "month" || name == "months":
		return year / 12
	case startOf(name, "years", 3, "yy"):
		return year
	}
	return 0
}

// startOf tells whether name is word, its singular, its first few letters or the doubled one.
func startOf(name, word string, few int, doubled string) bool {
	return name == word || name == word[:len(word)-1] || name == doubled || len(name) <= few && strings.HasPrefix(word, name)
}

// parseDuration reads 600, 10m, 1d12h, 60*60, 1 week; forever tells of a negative one.
func parseDuration(s string) (d time.Duration, forever bool, err error) {
	rest := strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(rest, "-") {
		_, err := strconv.Atoi(rest)
		if err != nil {
			return 0, false, fmt.Errorf("%s is no duration that can be understood", quote(s))
		}
		return 0, true, nil
	}
	var sum, product float64 // seconds
	for first := true; rest != "" || first; first = false {
		m := term.FindStringSubmatch(rest)
		if m == nil || unit(m[3]) == 0 || first && m[1] != "" {
			return 0, false, fmt.Errorf("%s is no duration that can be understood", quote(s))
		}
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return 0, false, fmt.Errorf("%s is no duration: %w", quote(s), err)
		}
		n *= unit(m[3]).Seconds()
		if m[1] == "*" {
			product *= n
		} else {
			sum += product
			product = n
		}
		rest = rest[len(m[0]):]
	}
	seconds := math.Round(sum + product)
	if seconds < 1 {
		return 0, false, fmt.Errorf("%s is less than a second", quote(s))
	}
	return time.Duration(min(seconds, 100*year.Seconds())) * time.Second, false, nil
}
