// Package kerneltest gives tests a kernel of their own: it runs the whole test
// binary again inside fresh network and mount namespaces, so that tests create
// sets, rules, links and addresses without touching the host's, and without
// root where user namespaces are allowed. It refuses to run a kernel test on the
// host itself: where namespaces can't be had, Require skips.
//
//	func TestMain(m *testing.M) { kerneltest.Main(m) }
package kerneltest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Run runs a command and returns what it wrote to standard output. When it can't
// be started or exits with another status than 0, the test ends with all of its
// output.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

// Require skips the test, with the reason, unless it runs in a namespace made by
// Main and every one of tools is on the PATH. When the environment variable CI
// is "true" the test fails instead: a run that proves nothing must not look like
// one that does.
func Require(t testing.TB, tools ...string) {
	t.Helper()
	reason := missing(tools)
	switch {
	case reason == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s; with CI=true that is a failure", reason)
	default:
		t.Skip(reason)
	}
}

// missing returns what stands in the way of a test that needs tools, or "".
func missing(tools []string) string {
	switch state := os.Getenv(stateVariable); state {
	case stateInside:
	case "":
		return "no namespace: TestMain does not call kerneltest.Main"
	default:
		return state
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Sprintf("%s is not installed", tool)
		}
	}
	return ""
}
