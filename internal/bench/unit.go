package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// times prints a ratio.
func times(r float64) string {
	switch {
	case r == 0:
		return ""
	case r < 9.95:
		return fmt.Sprintf("%.1f×", r)
	}
	return fmt.Sprintf("%s×", thousands(r))
}

// nanoseconds prints a time with three digits.
func nanoseconds(ns float64) string {
	switch {
	case ns < 999.5: // what is more would be rounded to four digits
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 999.5e3:
		return fmt.Sprintf("%.3g µs", ns/1e3)
	case ns < 999.5e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g s", ns/1e9)
}

// perSecond prints how many units of that cost in nanoseconds fit into a second.
func perSecond(ns float64) string { return thousands(1e9/ns) + "/s" }

// thousands prints v rounded to three digits, in groups.
func thousands(v float64) string {
	step := 1.0
	for v/step >= 1000 {
		step *= 10
	}
	digits := fmt.Sprintf("%.0f", float64(int(v/step+0.5))*step)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// cost is the time since start for each of n units, in nanoseconds.
func cost(start time.Time, n int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

// machine names what was measured on.
func machine() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	number, _, _ := strings.Cut(string(release), "-")
	return fmt.Sprintf("%d × %s, Linux %s, %s", runtime.NumCPU(), model, strings.TrimSpace(number), strings.Replace(runtime.Version(), "go", "Go ", 1))
}
