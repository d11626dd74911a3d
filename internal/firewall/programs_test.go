package firewall

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeProgram puts a shell script under the name iptables, on a host of its own.
func fakeProgram(t *testing.T, script string) (h host, program string) {
	t.Helper()
	h.path = []string{t.TempDir(), "/usr/bin", "/bin"}
	program = filepath.Join(h.path[0], "iptables")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return h, program
}

func TestWhatAProgramSaysIsPassedOnCleanedAndWithTheRemedy(t *testing.T) {
	for name, c := range map[string]struct{ stderr, want string }{
		"a set is missing": {
			"iptables-restore v1.8.9 (nf_tables): Set blacklist doesn't exist.\n\nError occurred at line: 3\nTry `iptables-restore -h' for more.\n",
			"set blacklist does not exist: start `syslog-blacklist run` or syslog-blacklist-sets.service first, which create it",
		},
		"a module of sets is missing": {
			"iptables-restore v1.8.9 (legacy): Kernel module xt_set is not loaded in.\n",
			"iptables: iptables-restore v1.8.9 (legacy): Kernel module xt_set is not loaded in.: the kernel module xt_set is missing: modprobe xt_set (or install the kernel's extra modules)",
		},
		"a module is missing": {
			"iptables-restore: line 4: RULE_APPEND failed (No such file or directory): rule in chain SYSLOG-BLACKLIST\n",
			"iptables: iptables-restore: line 4: RULE_APPEND failed (No such file or directory): rule in chain SYSLOG-BLACKLIST: the kernel may lack a module: modprobe xt_set xt_hashlimit xt_hl",
		},
		"control characters": {"  what\x1b[31m\tis this\n\n\x07\nline 2\n", "iptables: what [31m is this; line 2"},
		"nothing":            {"", "iptables: exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			h, program := fakeProgram(t, "cat >&2; exit 3")
			_, err := h.run(t.Context(), c.stderr, program)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
}

func TestProgramsRunInACleanEnvironment(t *testing.T) {
	t.Setenv("LD_PRELOAD_LIKE", "x")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	h, program := fakeProgram(t, "env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort")
	got, err := h.run(t.Context(), "", program)
	if err != nil {
		t.Fatal(err)
	}
	want := "LC_ALL=C\nPATH=" + h.path[0] + ":/usr/bin:/bin\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAProgramThatHangsIsEnded(t *testing.T) {
	h, program := fakeProgram(t, "exec sleep 600")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := h.run(ctx, "", program)
	if want := "iptables: context deadline exceeded"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
