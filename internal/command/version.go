package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker; otherwise the module's own is told.
var version string

// Version returns the version of the program that runs.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// Revision returns the commit that the program was built from, or nothing where
// the build did not know it.
func Revision() string { return setting("vcs.revision") }

func setting(key string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
	}
	return ""
}

// built tells with what, for what and from what the program was built.
func built() string {
	text := fmt.Sprintf("built with %s for %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if r := Revision(); r != "" {
		text += fmt.Sprintf(" from %s of %s", r, setting("vcs.time"))
	}
	return text
}
