package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"syslog-blacklist/internal/kerneltest"
)

// The test binary is the program itself where it is called by that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "syslog-inject" {
		main()
		return
	}
	// A program built with -race waits a second at its end, and Apache with it.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	kerneltest.Main(m)
}

// program returns the path of the program, in a directory of its own.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "syslog-inject")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheCommandLine(t *testing.T) {
	path := filepath.Dir(program(t))
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("PATH", path+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
	})
}
