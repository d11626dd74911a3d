package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

// An attempt is a filter of fail2ban's, as fail2ban-regex takes it, and lines in their
// order. What it makes of the last one is asked; the others may belong to its session.
type attempt struct {
	Filter string
	Lines  []string
}

// fail2banRegex runs that program once for each attempt, in one interpreter: to start
// it takes longer than to try a hundred lines.
//
//go:embed original.py
var fail2banRegex string

// original returns what fail2ban itself makes of each attempt with the configuration in
// dir: the address it takes from the last line, not valid where it takes none.
func original(dir string, attempts []attempt) ([]netip.Addr, error) {
	python, script, err := interpreter("fail2ban-regex")
	if err != nil {
		return nil, fmt.Errorf("find fail2ban-regex: %w: install the package fail2ban", err)
	}
	runs, err := json.Marshal(attempts)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(python, "-c", fail2banRegex, script, dir)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	cmd.Stdin = bytes.NewReader(runs)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("run fail2ban-regex: %w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("run fail2ban-regex: %w", err)
	}
	return failures(string(out), attempts)
}

// interpreter returns the path of a script and of the program in its first line: the
// one that finds the script's modules.
func interpreter(name string) (python, script string, err error) {
	if script, err = exec.LookPath(name); err != nil {
		return "", "", err
	}
	f, err := os.Open(script)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	first, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		return "", "", err
	}
	return strings.TrimSpace(strings.TrimPrefix(first, "#!")), script, nil
}

// failures reads what original.py prints. A failure comes with the lines that led to it.
func failures(out string, attempts []attempt) ([]netip.Addr, error) {
	runs := strings.Split(out, "\x1d")[1:]
	if len(runs) != len(attempts) {
		return nil, fmt.Errorf("fail2ban-regex answered %d of %d attempts: %s", len(runs), len(attempts), out)
	}
	addrs := make([]netip.Addr, len(attempts))
	for i, run := range runs {
		last := attempts[i].Lines[len(attempts[i].Lines)-1]
		for _, f := range strings.Split(run, "\x1e")[1:] {
			text, lines, ok := strings.Cut(strings.TrimRight(f, "\n\x18"), "\x1f")
			if !ok {
				return nil, fmt.Errorf("fail2ban-regex printed %q", f)
			}
			if a, err := netip.ParseAddr(text); err == nil && strings.HasSuffix(lines, strings.TrimSpace(last)) {
				addrs[i] = a.Unmap()
			} // else a name, whose address nobody asks for
		}
	}
	return addrs, nil
}
