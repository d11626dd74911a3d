package main_test

import "testing"

func TestImportScripts(t *testing.T) { offline(t, "testdata/import") }
