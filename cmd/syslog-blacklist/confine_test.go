package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/kerneltest"
)

// confinement is what a unit takes away from its program, as far as a process can
// do it without systemd: not the file system's views.
type confinement struct {
	Bounding []int // capabilities
	Families []uint32
	Calls    []uint32 // system calls
}

// confinedBy, set in the environment to a confinement in JSON, makes this test
// binary confine itself and become the program of its arguments.
const confinedBy = "SYSLOG_BLACKLIST_TEST_CONFINED_BY"

func init() {
	text := os.Getenv(confinedBy)
	if text == "" {
		return
	}
	os.Unsetenv(confinedBy)
	var c confinement
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		err = c.exec(os.Args[1:])
	}
	fmt.Fprintln(os.Stderr, "confine:", err)
	os.Exit(1)
}

// exec confines this thread and runs a program on it.
func (c confinement) exec(argv []string) error {
	runtime.LockOSThread()
	unix.Umask(0o077)
	for n := 0; n <= unix.CAP_LAST_CAP && os.Geteuid() == 0; n++ {
		if slices.Contains(c.Bounding, n) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0, 0); err != nil && err != unix.EINVAL {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	filter := c.filter()
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return err
	}
	return unix.Exec(argv[0], argv, os.Environ())
}

// filter is RestrictAddressFamilies= and SystemCallFilter= as seccomp(2) runs them.
// Of struct seccomp_data, the call's number stands at 0 and its first argument at 16.
func (c confinement) filter() []unix.SockFilter {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	answer := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	allowed := func(values []uint32, otherwise syscall.Errno) (f []unix.SockFilter) {
		for _, v := range values {
			f = append(f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jf: 1}, answer(unix.SECCOMP_RET_ALLOW))
		}
		return append(f, answer(unix.SECCOMP_RET_ERRNO|uint32(otherwise)))
	}
	families := append([]unix.SockFilter{load(16)}, allowed(c.Families, unix.EAFNOSUPPORT)...)
	f := []unix.SockFilter{load(0), {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jf: uint8(len(families))}}
	f = append(f, families...)
	return append(f, allowed(c.Calls, unix.EPERM)...)
}

// confine returns a command that runs with what a shipped unit leaves of rights:
// its user (nobody stands for it), capabilities, address families, system calls.
func confine(t *testing.T, unitName string, argv ...string) *exec.Cmd {
	t.Helper()
	u := readUnit(t, unitName)
	c := confinement{Calls: callsOf(t, u["Service.SystemCallFilter"])}
	for _, name := range u.words("Service.CapabilityBoundingSet") {
		c.Bounding = append(c.Bounding, map[string]int{
			"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_SYS_MODULE": unix.CAP_SYS_MODULE,
		}[name])
	}
	for _, name := range u.words("Service.RestrictAddressFamilies") {
		c.Families = append(c.Families, map[string]uint32{
			"AF_UNIX": unix.AF_UNIX, "AF_INET": unix.AF_INET, "AF_INET6": unix.AF_INET6, "AF_NETLINK": unix.AF_NETLINK,
		}[name])
	}
	if slices.Contains(c.Bounding, 0) || slices.Contains(c.Families, 0) {
		t.Fatalf("%s names a capability or an address family that this test does not know: %+v", unitName, c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	// The path of this binary may be barred to others; the link is not.
	cmd := exec.Command("/proc/self/exe", argv...)
	cmd.Env = append(os.Environ(), confinedBy+"="+string(text))
	if len(u["Service.User"]) > 0 {
		if got := u.words("Service.AmbientCapabilities"); !slices.Equal(got, []string{"CAP_NET_ADMIN"}) {
			t.Fatalf("%s gives %v", unitName, got)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential:  &syscall.Credential{Uid: nobody, Gid: nobody},
			AmbientCaps: []uintptr{unix.CAP_NET_ADMIN},
		}
	}
	return cmd
}

// callsOf returns the numbers of the system calls that a unit's filter allows.
func callsOf(t *testing.T, filter []string) []uint32 {
	t.Helper()
	groups, group := map[string][]string{}, ""
	for line := range strings.Lines(kerneltest.Run(t, "systemd-analyze", "syscall-filter", "--no-pager")) {
		name := strings.TrimSpace(line)
		switch {
		case name == "" || strings.HasPrefix(name, "#"):
		case strings.HasPrefix(line, "@"):
			group = name
		default:
			groups[group] = append(groups[group], name)
		}
	}
	names := map[string]bool{}
	var mark func(name string, allow bool)
	mark = func(name string, allow bool) {
		if strings.HasPrefix(name, "@") && groups[name] == nil {
			t.Fatalf("systemd knows no group %s", name)
		}
		for _, member := range groups[name] {
			mark(member, allow)
		}
		names[name] = allow
	}
	for _, line := range filter {
		list, refused := strings.CutPrefix(line, "~")
		for name := range strings.FieldsSeq(list) {
			mark(name, !refused)
		}
	}
	var calls []uint32
	for name, number := range callNumbers(t) {
		if names[name] {
			calls = append(calls, number)
		}
	}
	if slices.Contains(calls, unix.SYS_MOUNT) || !slices.Contains(calls, unix.SYS_SENDMSG) {
		t.Fatalf("filter %q was misread", filter)
	}
	return calls
}

// callNumbers returns the numbers of this architecture's system calls. No program
// tells them; the source of x/sys/unix, which must be here, does.
func callNumbers(t *testing.T) map[string]uint32 {
	t.Helper()
	dir := strings.TrimSpace(kerneltest.Run(t, "go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys"))
	text, err := os.ReadFile(filepath.Join(dir, "unix", "zsysnum_linux_"+runtime.GOARCH+".go"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]uint32{}
	for _, m := range regexp.MustCompile(`(?m)^\s*SYS_(\w+)\s+= (\d+)$`).FindAllSubmatch(text, -1) {
		n, err := strconv.ParseUint(string(m[2]), 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		numbers[string(bytes.ToLower(m[1]))] = uint32(n)
	}
	return numbers
}

func TestTheDaemonWorksWithWhatItsUnitLeaves(t *testing.T) {
	kerneltest.Require(t, "ipset", "logger", "systemd-analyze", "go")
	dir := publicDir(t)
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	put(t, dir+"/conf.yaml", fmt.Sprintf(`
listen: [udp://127.0.0.1:5514, tcp://127.0.0.1:5514, unixgram://%[1]s/log, "file://%[1]s/app.log?tag=sshd"]
state: %[1]s
sets: {size: 4096}
control: {socket: %[1]s/control.sock, group: nogroup}
`, dir))
	put(t, dir+"/rules.conf", "[failed]\n1h\n^sshd(?:\\[\\d+\\])?: failed from {IP_NUMBER}$\n")
	put(t, dir+"/app.log", "")

	daemon := start(t, confine(t, "syslog-blacklist.service", program(t, "syslog-blacklist"), "run", "--config", dir+"/conf.yaml", "--rules", dir+"/rules.conf"))
	daemon.says("bans in force")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", daemon.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Uid:\t65534\t", "CapEff:\t0000000000001000\n", "CapPrm:\t0000000000001000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Umask:\t0077\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the daemon is not confined: %q is not in\n%s", want, status)
		}
	}
	for _, args := range [][]string{
		{"-n", "127.0.0.1", "-P", "5514", "-d", "failed from 203.0.113.1"},
		{"-n", "127.0.0.1", "-P", "5514", "-T", "failed from 203.0.113.2"},
		{"-u", dir + "/log", "failed from 203.0.113.3"},
	} {
		kerneltest.Run(t, "logger", append([]string{"-t", "sshd[1]"}, args...)...)
	}
	put(t, dir+"/app.log", "failed from 203.0.113.4\n")
	for n := range 4 {
		addr := fmt.Sprint("203.0.113.", n+1)
		daemon.says("blacklisting " + addr + " for failed")
		if !inSet(t, "blacklist", addr) {
			t.Errorf("%s is not in the set", addr)
		}
	}
	var socket unix.Stat_t
	if err := unix.Stat(dir+"/control.sock", &socket); err != nil || socket.Mode&0o777 != 0o660 || socket.Gid != nobody {
		t.Errorf("control socket: mode %o, group %d, error %v", socket.Mode, socket.Gid, err)
	}
	daemon.Process.Signal(unix.SIGHUP)
	daemon.says("rules loaded")
	if text := daemon.String(); strings.Contains(text, "not permitted") {
		t.Errorf("the daemon lacks a right:\n%s", text)
	}
}

func TestTheFirewallUnitsCommandsWorkWithWhatItLeaves(t *testing.T) {
	kerneltest.Require(t, "iptables", "ip6tables", "ipset", "nft", "systemd-analyze", "go")
	freshState(t)
	publicDir(t)
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	command := func(unitName, key string) {
		t.Helper()
		argv := readUnit(t, unitName).words("Service." + key)
		argv[0] = program(t, filepath.Base(argv[0]))
		if out, err := confine(t, unitName, argv...).CombinedOutput(); err != nil {
			t.Fatalf("%s of %s: %v\n%s", key, unitName, err, out)
		}
	}
	inForce := func(want bool) {
		t.Helper()
		if status, out := syslogBlacklist(t, "firewall", "check"); (status == 0) != want {
			t.Fatalf("firewall check: status %d\n%s", status, out)
		}
	}
	const firewall = "syslog-blacklist-firewall.service"
	command("syslog-blacklist-sets.service", "ExecStart")
	command(firewall, "ExecStart")
	inForce(true)
	kerneltest.Run(t, "nft", "flush", "ruleset") // as nftables.service does when it loads
	inForce(false)
	command(firewall, "ExecReload")
	inForce(true)
	command(firewall, "ExecStop")
	inForce(false)
}
