package control_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"syslog-blacklist/internal/control"
)

// askVariable makes this binary a client that another user runs.
const askVariable = "CONTROL_TEST_SOCKET"

func TestMain(m *testing.M) {
	if path := os.Getenv(askVariable); path != "" {
		ask(path)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ask prints what became of reading and of changing.
func ask(path string) {
	c := control.NewClient(path)
	_, err := c.Status(context.Background())
	fmt.Println("read:", outcome(err))
	_, err = c.Do(context.Background(), control.Order{Verb: control.Ban, Prefix: netip.MustParsePrefix("192.0.2.7/32")})
	fmt.Println("change:", outcome(err))
}

func outcome(err error) string {
	refusal, away := new(control.Error), new(control.ConnectError)
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &refusal):
		return strconv.Itoa(refusal.Status)
	case errors.As(err, &away) && !away.Away():
		return "no connection"
	}
	return err.Error()
}

func TestRootMayChangeAndTheGroupMayRead(t *testing.T) {
	if os.Geteuid() != 0 {
		reason := "only root can be another user; the kernel's answer about other users is not proved"
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	group, err := user.LookupGroupId("4") // adm on every distribution, by its number
	if err != nil {
		t.Fatal(err)
	}
	const nobody, other, adm = 65534, 60001, 4
	many := []uint32{adm} // more than the kernel's answer is first given room for
	for g := range uint32(200) {
		many = append(many, 70000+g)
	}
	for _, tt := range []struct {
		name         string
		group        string
		mode         os.FileMode // of the socket; 0 leaves it as it was made
		who          syscall.Credential
		read, change string
	}{
		{"root", group.Name, 0, syscall.Credential{}, "done", "done"},
		{"a member by his supplementary groups", group.Name, 0, syscall.Credential{Uid: nobody, Gid: other, Groups: []uint32{other, adm}}, "done", "403"},
		{"a member by his first group", group.Name, 0, syscall.Credential{Uid: nobody, Gid: adm}, "done", "403"},
		{"a member of very many groups", group.Name, 0, syscall.Credential{Uid: nobody, Gid: other, Groups: many}, "done", "403"},
		{"anybody else", group.Name, 0, syscall.Credential{Uid: nobody, Gid: other}, "no connection", "no connection"},
		{"anybody else, where somebody opened the socket to all", group.Name, 0o666, syscall.Credential{Uid: nobody, Gid: other}, "403", "403"},
		{"a member of a group that was not chosen", "", 0o666, syscall.Credential{Uid: nobody, Gid: adm}, "403", "403"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := serve(t, &fake{}, tt.group)
			if tt.mode != 0 {
				if err := os.Chmod(path, tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = []string{askVariable + "=" + path, "GORACE=atexit_sleep_ms=0"}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &tt.who}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if want := "read: " + tt.read + "\nchange: " + tt.change + "\n"; string(out) != want {
				t.Errorf("%s, want %s", strings.TrimSpace(string(out)), want)
			}
		})
	}
}
