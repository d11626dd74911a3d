package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestImportScripts(t *testing.T) {
	path := filepath.Dir(program(t, "syslog-blacklist"))
	testscript.Run(t, testscript.Params{
		Dir: "testdata/import", UpdateScripts: os.Getenv("UPD") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", path+":"+os.Getenv("PATH"))
			return nil
		},
	})
}
