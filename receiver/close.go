package receiver

// Close gives back a source that will not be run: Run closes it otherwise.
func (l *Listener) Close() error { return l.close() }
