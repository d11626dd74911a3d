package inject

import "log/slog"

// trouble logs a lasting fault when it begins, when it changes and when it is
// over, and not at every attempt in between: the log of a program behind Apache
// may be Apache's own.
type trouble struct {
	log  *slog.Logger
	what string // what suffers: "copy" or "link"
	last string
}

// is takes the outcome of the latest attempt; nil says that it went well.
func (t *trouble) is(err error) {
	switch {
	case err == nil && t.last == "":
	case err == nil:
		t.last = ""
		t.log.Info(t.what + " works again")
	case err.Error() != t.last:
		t.last = err.Error()
		t.log.Warn(t.what+" fails, lines are kept and the oldest dropped when the buffer is full", "error", err)
	}
}
