package firewall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// host is where the programs are looked for and what the kernel tells.
type host struct {
	path  []string // directories of programs
	inet6 string   // a file that is there when the kernel speaks IPv6
}

// system is this machine. The sbin directories are in it, since the PATH of a
// user who became root may lack them.
func system() (host, error) {
	// Not root, iptables-legacy-save prints nothing and exits with 0, as if there
	// were no rules.
	if os.Geteuid() != 0 {
		return host{}, errors.New("read iptables rules: not permitted: run the command as root")
	}
	return host{
		path:  append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"),
		inet6: "/proc/net/if_inet6",
	}, nil
}

// backend is iptables of one family and one backend.
type backend struct {
	family        Family
	name          string // nft or legacy
	save, restore string // programs' paths
}

// Why a family is left out. Packets of it are then not filtered.
var (
	errNoIPv6     = errors.New("the kernel has IPv6 switched off")
	errNoPrograms = errors.New("not installed: install the package iptables")
)

// commandTimeout is longer than restore waits for the lock of another program.
const commandTimeout = 30 * time.Second

// backends returns what there is for the family, first what plain iptables runs.
func (h host) backends(ctx context.Context, f Family) ([]backend, error) {
	base := "iptables"
	if f == IPv6 {
		base = "ip6tables"
		if _, err := os.Stat(h.inet6); err != nil {
			return nil, errNoIPv6
		}
	}
	first, err := h.plain(ctx, base)
	if err != nil {
		return nil, err
	}
	var found []backend
	for _, name := range []string{first, map[string]string{"nft": "legacy", "legacy": "nft"}[first]} {
		b := backend{family: f, name: name, save: h.find(base + "-" + name + "-save"), restore: h.find(base + "-" + name + "-restore")}
		if name == first && (b.save == "" || b.restore == "") { // an old or a small distribution has the plain names only
			b.save, b.restore = h.find(base+"-save"), h.find(base+"-restore")
		}
		if b.save != "" && b.restore != "" {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: %w", base, errNoPrograms)
	}
	return found, nil
}

// plain returns the backend that base runs, nft or legacy.
func (h host) plain(ctx context.Context, base string) (string, error) {
	program := h.find(base)
	if program == "" {
		return "nft", nil
	}
	version, err := h.run(ctx, "", program, "-V")
	if err != nil {
		return "", err
	}
	if strings.Contains(version, "nf_tables") {
		return "nft", nil
	}
	return "legacy", nil // before 1.8 there was no other, and no word for it
}

// find returns the program's path, or "".
func (h host) find(name string) string {
	for _, dir := range h.path {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); filepath.IsAbs(path) && err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// read asks for the rules of all tables: with -t raw, iptables-legacy-save would
// create that one.
func (h host) read(ctx context.Context, b backend) (ruleset, error) {
	out, err := h.run(ctx, "", b.save)
	if err != nil {
		return ruleset{}, fmt.Errorf("read %s rules: %w", b.family, err)
	}
	return parseSave(out), nil
}

// feed gives text to iptables-restore. With "--test" no rule is changed.
func (h host) feed(ctx context.Context, b backend, text string, args ...string) error {
	_, err := h.run(ctx, text, b.restore, append([]string{"--noflush", "--wait=10"}, args...)...)
	return err
}

// run runs a program with a clean environment and returns its standard output.
// The error says what it wrote to standard error, and what to do where we know.
func (h host) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"PATH=" + strings.Join(h.path, string(filepath.ListSeparator)), "LC_ALL=C"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	name := filepath.Base(program)
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s: %w", name, ctx.Err())
	}
	said := clean(stderr.String())
	if said == "" {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return "", explain(name, said)
}

// clean makes one printable line of what a program wrote to standard error.
func clean(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return ' '
			}
			return r
		}, line))
		if line != "" && !strings.HasPrefix(line, "Try `") {
			kept = append(kept, line)
		}
	}
	const limit = 400
	said := []rune(strings.Join(kept, "; "))
	if len(said) > limit {
		return string(said[:limit]) + "…"
	}
	return string(said)
}
