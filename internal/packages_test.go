package internal_test

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syslog-blacklist/internal/config"
	"syslog-blacklist/rules"
)

// need ends the test where a tool or root is missing; in CI nothing may be.
func need(t *testing.T, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("needs " + what)
	}
	t.Skip("needs " + what)
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// build makes the packages of a version and returns the directory they are in.
func build(t *testing.T, version, formats string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "make", "-C", "..", "packages", "BIN="+dir, "VERSION="+version, "FORMATS="+formats)
	return filepath.Join(dir, "packages")
}

func TestThePackageIsInstalledUpgradedAndRemoved(t *testing.T) {
	for _, tool := range []string{"make", "dpkg", "systemd-sysusers"} {
		_, err := exec.LookPath(tool)
		need(t, err == nil, tool)
	}
	need(t, os.Geteuid() == 0, "root: dpkg gives the files to it")
	need(t, exec.Command("go", "tool", "-modfile=../deploy/packages/nfpm.mod", "nfpm", "--version").Run() == nil, "nfpm, which go downloads")

	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, path) }
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"} {
		if err := os.MkdirAll(at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, at("var/lib/dpkg/status"), "")
	dpkg := func(args ...string) string {
		t.Helper() // the scripts run on this host, told by DPKG_ROOT where they are to work
		return run(t, "dpkg", append([]string{"--root=" + root, "--log=" + at("dpkg.log"), "--force-script-chrootless"}, args...)...)
	}

	first := build(t, "v1.0.0", "deb")
	dpkg("--install", only(t, first, "*_1.0.0_*.deb"))
	if got := dpkg("--status", "syslog-blacklist"); !strings.Contains(got, "Status: install ok installed\n") {
		t.Errorf("dpkg says:\n%s", got)
	}
	if got := run(t, at("usr/sbin/syslog-blacklist"), "--version"); !strings.HasPrefix(got, "syslog-blacklist version v1.0.0\nbuilt with go") {
		t.Errorf("--version: %q", got)
	}
	for _, program := range []string{"usr/sbin/syslog-blacklist", "usr/bin/syslog-inject"} {
		if !static(t, at(program)) {
			t.Errorf("%s is not static", program)
		}
	}
	for _, path := range []string{
		"usr/lib/systemd/system/syslog-blacklist.service", "usr/lib/systemd/system/syslog-blacklist-firewall-repair.timer",
		"usr/share/man/man8/syslog-blacklist-doctor.8.gz", "usr/share/man/man5/syslog-blacklist.conf.5.gz", "usr/share/man/man1/syslog-inject.1.gz",
		"usr/share/bash-completion/completions/syslog-blacklist", "usr/share/zsh/vendor-completions/_syslog-inject",
		"usr/share/fish/vendor_completions.d/syslog-blacklist.fish", "usr/share/syslog-blacklist/deploy/rsyslog/50-syslog-blacklist.conf",
		"usr/share/syslog-blacklist/deploy/grafana/syslog-blacklist.json",
	} {
		if _, err := os.Stat(at(path)); err != nil {
			t.Error(err)
		}
	}
	if users := read(t, at("etc/passwd")); !strings.Contains(users, "syslog-blacklist:x:") {
		t.Errorf("no user was made:\n%s", users)
	}
	run(t, at("usr/sbin/syslog-blacklist"), "check", "--config", at("etc/syslog-blacklist.yaml"), "--rules", at("etc/syslog-blacklist.conf"))

	// What the administrator wrote stays, through an upgrade and a removal.
	mine := "use sshd: 12h\n"
	write(t, at("etc/syslog-blacklist.conf"), mine)
	if err := os.MkdirAll(at("var/lib/syslog-blacklist"), 0o750); err != nil {
		t.Fatal(err)
	}
	dpkg("--install", only(t, build(t, "v1.1.0", "deb"), "*_1.1.0_*.deb"))
	if got := run(t, at("usr/sbin/syslog-blacklist"), "--version"); !strings.HasPrefix(got, "syslog-blacklist version v1.1.0\nbuilt with go") {
		t.Errorf("--version after the upgrade: %q", got)
	}
	kept := func(when string) {
		t.Helper()
		if diff := cmp.Diff(mine, read(t, at("etc/syslog-blacklist.conf"))); diff != "" {
			t.Errorf("the rules after %s, -want +got:\n%s", when, diff)
		}
	}
	kept("the upgrade")
	dpkg("--remove", "syslog-blacklist")
	kept("the removal")
	gone(t, at("usr/sbin/syslog-blacklist"), at("usr/lib/systemd/system/syslog-blacklist.service"))
	if _, err := os.Stat(at("var/lib/syslog-blacklist")); err != nil {
		t.Errorf("the state after the removal: %v", err)
	}
	dpkg("--purge", "syslog-blacklist")
	gone(t, at("etc/syslog-blacklist.conf"), at("etc/syslog-blacklist.yaml"), at("var/lib/syslog-blacklist"))
}

// rpm would run the scripts in the root, where there is no shell: they are run
// here, with the arguments that rpm gives.
func TestTheRPMIsInstalledUpgradedAndRemoved(t *testing.T) {
	for _, tool := range []string{"make", "rpm", "systemd-sysusers"} {
		_, err := exec.LookPath(tool)
		need(t, err == nil, tool)
	}
	need(t, os.Geteuid() == 0, "root: rpm gives the files to it")
	need(t, exec.Command("go", "tool", "-modfile=../deploy/packages/nfpm.mod", "nfpm", "--version").Run() == nil, "nfpm, which go downloads")

	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, path) }
	rpm := func(args ...string) string {
		t.Helper()
		return run(t, "rpm", append([]string{"--root=" + root}, args...)...)
	}
	change := func(args ...string) { t.Helper(); rpm(append(args, "--nodeps", "--noscripts")...) }
	rpm("--initdb")

	first := only(t, build(t, "v1.0.0", "rpm"), "*-1.0.0-*.rpm")
	change("--install", first)
	if got := rpm("--verify", "--nodeps", "syslog-blacklist"); got != "" {
		t.Errorf("rpm --verify says:\n%s", got)
	}
	if got := rpm("--query", "--configfiles", "syslog-blacklist"); got != "/etc/syslog-blacklist.conf\n/etc/syslog-blacklist.yaml\n" {
		t.Errorf("configuration files:\n%s", got)
	}
	script := filepath.Join(t.TempDir(), "postinstall")
	write(t, script, run(t, "rpm", "--query", "--package", "--queryformat", "%{POSTIN}", first))
	run(t, "env", "DPKG_ROOT="+root, "sh", script, "1")
	if users := read(t, at("etc/passwd")); !strings.Contains(users, "syslog-blacklist:x:") {
		t.Errorf("no user was made:\n%s", users)
	}

	mine := "use sshd: 12h\n"
	write(t, at("etc/syslog-blacklist.conf"), mine)
	change("--upgrade", only(t, build(t, "v1.1.0", "rpm"), "*-1.1.0-*.rpm"))
	if got := run(t, at("usr/sbin/syslog-blacklist"), "--version"); !strings.HasPrefix(got, "syslog-blacklist version v1.1.0\nbuilt with go") {
		t.Errorf("--version after the upgrade: %q", got)
	}
	if diff := cmp.Diff(mine, read(t, at("etc/syslog-blacklist.conf"))); diff != "" {
		t.Errorf("the rules after the upgrade, -want +got:\n%s", diff)
	}
	change("--erase", "syslog-blacklist")
	gone(t, at("usr/sbin/syslog-blacklist"), at("usr/lib/systemd/system/syslog-blacklist.service"))
	if diff := cmp.Diff(mine, read(t, at("etc/syslog-blacklist.conf.rpmsave"))); diff != "" {
		t.Errorf("the rules after the removal, -want +got:\n%s", diff)
	}
}

// The files that a package brings change nothing: they show what is in force.
func TestThePackagesConfigurationIsTheDefault(t *testing.T) {
	text := read(t, "../deploy/packages/syslog-blacklist.conf")
	set, faults := rules.Parse("syslog-blacklist.conf", []byte(text))
	if set == nil {
		t.Fatal(faults)
	}
	names := func(s *rules.Set) (out []string) {
		for _, e := range s.Entries() {
			out = append(out, e.Name)
		}
		return out
	}
	if diff := cmp.Diff(names(rules.Default()), names(set)); diff != "" {
		t.Errorf("entries, -default +package's:\n%s", diff)
	}

	yaml := read(t, "../deploy/packages/syslog-blacklist.yaml")
	got, err := config.Parse("syslog-blacklist.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got); diff != "" {
		t.Errorf("configuration, -default +package's:\n%s", diff)
	}
	var keys strings.Builder
	for line := range strings.Lines(yaml) {
		if key, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(key, " ") {
			keys.WriteString(key)
		}
	}
	if got, err = config.Parse("syslog-blacklist.yaml", []byte(keys.String())); err != nil {
		t.Fatal(err)
	}
	got.Trust, got.Control.Set = nil, false // these differ only in being written down
	if diff := cmp.Diff(config.Default(), got); diff != "" {
		t.Errorf("what stands in comments, -default +comments:\n%s", diff)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func gone(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there (%v)", path, err)
		}
	}
}

// only returns the one file of dir that the pattern matches.
func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

func static(t *testing.T, path string) bool {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}
