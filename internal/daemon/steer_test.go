package daemon

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"syslog-blacklist/rules"
)

// lines is a log whose lines can be waited for.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func TestSteerableRulesAreWarnedOfInTheBackground(t *testing.T) {
	log := make(lines, 10)
	p := newProver(slog.New(slog.NewTextHandler(log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	for _, program := range []string{"first", "second"} { // a start and a reload
		set, faults := rules.Parse("f", []byte("[a]\n1h\n^"+program+`: user \w+ from {IP_NUMBER}
# steering: such names have no blanks
^silenced: user \w+ from {IP_NUMBER}
^noted: user .* from {IP_NUMBER} port \d+$
`))
		if set == nil {
			t.Fatal(faults)
		}
		p.Want(set)
		got := <-log
		for _, want := range []string{"level=WARN", "f:3:1: warning: somebody can choose the address",
			`line="` + program + `: user x from 198.51.100.9 from 192.0.2.1"`, "taken=198.51.100.9"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q lacks %q", got, want)
			}
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(log) > 0 {
		t.Errorf("and also: %s", <-log)
	}
}
