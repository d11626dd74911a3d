package main_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"syslog-blacklist/internal/kerneltest"
)

// The scripts talk to a real daemon about a real kernel. Beside the usual
// commands of testscript there are
//
//	daemon [ARG…]       runs the daemon on conf.yaml and rules.conf; says waits for its log
//	end [KILL]          ends it
//	send LINE           sends a line of sshd's
//	says TEXT           waits until the daemon has logged TEXT
//	fails STATUS CMD…   runs a command that exits so
//	held SET ADDRESS    waits until the kernel's set holds ADDRESS; ! held: not
//	tidy FILE           writes the last standard output there, what changes from run to run replaced
func TestScripts(t *testing.T) {
	kerneltest.Require(t, "ipset", "ip", "iptables", "setpriv")
	path := filepath.Dir(program(t, "syslog-blacklist"))
	testscript.RunT(oneByOne{t}, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", path+":"+os.Getenv("PATH"))
			e.Setenv("TZ", "UTC")
			e.Values[daemonKey{}] = &scriptDaemon{}
			e.Defer(func() {
				e.Values[daemonKey{}].(*scriptDaemon).end(syscall.SIGTERM)
				exec.Command("ipset", "destroy").Run() // a script may have made none
			})
			return os.Mkdir(filepath.Join(e.WorkDir, "state"), 0o700)
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" { // and not only in a user namespace, which knows no other users
				users, err := os.ReadFile("/proc/self/uid_map")
				return len(strings.Fields(string(users))) == 3 && strings.Fields(string(users))[2] != "1", err
			}
			return false, fmt.Errorf("no condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"daemon": scriptRun, "end": scriptEnd, "send": scriptSend, "says": scriptSays,
			"fails": scriptFails, "held": scriptHeld, "tidy": scriptTidy,
		},
	})
}

// oneByOne runs the scripts one after the other: they share a kernel.
type oneByOne struct{ *testing.T }

func (oneByOne) Parallel() {}
func (t oneByOne) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(oneByOne{t}) })
}
func (oneByOne) Verbose() bool { return testing.Verbose() }

type daemonKey struct{}

type scriptDaemon struct {
	cmd *exec.Cmd
	log string // its file
}

func (d *scriptDaemon) end(s syscall.Signal) {
	if d.cmd == nil {
		return
	}
	d.cmd.Process.Signal(s)
	d.cmd.Wait()
	d.cmd = nil
}

func scriptRun(ts *testscript.TestScript, _ bool, args []string) {
	d := ts.Value(daemonKey{}).(*scriptDaemon)
	name, err := programs()
	ts.Check(err)
	d.log = ts.MkAbs("log")
	log, err := os.Create(d.log)
	ts.Check(err)
	defer log.Close()
	d.cmd = exec.Command(filepath.Join(name, "syslog-blacklist"), append([]string{"run", "--config", "conf.yaml", "--rules", "rules.conf"}, args...)...)
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = ts.Getenv("WORK"), log, log
	d.cmd.Env = append(os.Environ(), "TZ=UTC")
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ts.Check(d.cmd.Start())
	scriptSays(ts, false, []string{"bans in force"})
}

func scriptEnd(ts *testscript.TestScript, _ bool, args []string) {
	s := syscall.SIGTERM
	if len(args) == 1 && args[0] == "KILL" {
		s = syscall.SIGKILL
	}
	ts.Value(daemonKey{}).(*scriptDaemon).end(s)
}

func scriptSend(ts *testscript.TestScript, _ bool, args []string) {
	c, err := net.Dial("udp", "127.0.0.1:5514")
	ts.Check(err)
	defer c.Close()
	text, err := strconv.Unquote(`"` + args[0] + `"`)
	ts.Check(err)
	_, err = fmt.Fprint(c, "<38>Nov 21 10:00:00 host sshd[7]: "+text)
	ts.Check(err)
}

func scriptSays(ts *testscript.TestScript, _ bool, args []string) {
	d := ts.Value(daemonKey{}).(*scriptDaemon)
	wait(ts, "the daemon says "+args[0], func() bool {
		text, err := os.ReadFile(d.log)
		return err == nil && strings.Contains(string(text), args[0])
	})
}

func scriptHeld(ts *testscript.TestScript, neg bool, args []string) {
	wait(ts, fmt.Sprintf("%s in %s: %v", args[1], args[0], !neg), func() bool {
		out, err := exec.Command("ipset", "save", args[0]).Output()
		ts.Check(err)
		return strings.Contains(string(out), "add "+args[0]+" "+args[1]+" ") != neg
	})
}

func wait(ts *testscript.TestScript, what string, ok func() bool) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	text, _ := os.ReadFile(ts.MkAbs("log"))
	ts.Fatalf("waited in vain: %s\nlog:\n%s", what, text)
}

func scriptFails(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("exit status %v, want %s", err, args[0])
	}
}

// changing is what is another value in each run.
var changing = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?|\b\d\d:\d\d:\d\d\b`), "TIME"},
	{regexp.MustCompile(`("remaining": ?)\{\s*"seconds": ?\d+,\s*"text": ?"\w+"\s*\}`), "$1{REMAINING}"},
	{regexp.MustCompile(`"pid": \d+`), `"pid": PID`},
	{regexp.MustCompile(`process \d+`), `process PID`},
	{regexp.MustCompile(`"version": ".*"`), `"version": VERSION`},
	{regexp.MustCompile(`^syslog-blacklist \S+,`), `syslog-blacklist VERSION,`},
	{regexp.MustCompile(`\b\d+s ago`), "AGO"},
	{regexp.MustCompile(`(?m)^(whitelist6?) +\d+ `), "$1 N "}, // the host's nameservers stand in it
	{regexp.MustCompile(`("whitelist6?",\s*"entries": )\d+`), "${1}N"},
	{regexp.MustCompile(`(?m)^\w+ +clock: .*\n( +\* timedatectl.*\n)?`), "clock\n"}, // the host's
	{regexp.MustCompile(`\bin (nft|legacy)\b`), "in BACKEND"},
	{regexp.MustCompile(`\{\s+"level": "\w+",\s+"about": "clock",[^}]*\}`), "{CLOCK}"},
	{regexp.MustCompile(` +\n`), "\n"}, // columns may end in blanks
}

func scriptTidy(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile("stdout")
	for _, c := range changing {
		text = c.what.ReplaceAllString(text, c.as)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}
