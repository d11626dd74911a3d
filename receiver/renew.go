package receiver

import (
	"context"
	"crypto/tls"
	"os"
	"sync/atomic"
	"time"
)

// renewInterval is how often the files of TLS are looked at. Looking needs no notice from the kernel, which a certificate
// that is renewed by turning a symbolic link, or on a file system of the network, may not give.
const renewInterval = 2 * time.Second

// identity is what a listener proves itself with and whom it admits. It follows its files: who renews a certificate needs no
// restart, which would end the connections.
type identity struct {
	TLS
	interval time.Duration

	config atomic.Pointer[tls.Config] // in force for connections to come
	fault  atomic.Pointer[string]     // why the files as they are now were not taken; nil when they were

	seen, judged files // as they were when they were looked at last, and when they were read last
}

// files is how the files of TLS look from outside; nil stands for one that is not there.
type files [3]os.FileInfo

// newIdentity reads the files.
func newIdentity(t TLS) (*identity, error) {
	id := &identity{TLS: t, interval: renewInterval}
	id.judged = id.look() // before they are read: a change meanwhile shows
	id.seen = id.judged
	config, err := t.config()
	if err != nil {
		return nil, err
	}
	id.config.Store(config)
	return id, nil
}

// follow looks at the files until ctx ends. New ones that are no good change nothing: said is told the reason, once for each
// state of the files. It is told nil when they were taken.
func (id *identity) follow(ctx context.Context, said func(error)) {
	tick := time.NewTicker(id.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			id.renew(said)
		}
	}
}

// renew reads the files if they are others than those that were read last, and are left alone since the last look: who writes
// the certificate and then the key should have come to the end.
func (id *identity) renew(said func(error)) {
	now := id.look()
	settled := now.same(id.seen)
	id.seen = now
	if !settled || now.same(id.judged) {
		return
	}
	id.judged = now
	config, err := id.TLS.config()
	if err != nil {
		why := err.Error()
		id.fault.Store(&why)
	} else {
		id.config.Store(config)
		id.fault.Store(nil)
	}
	said(err)
}

func (id *identity) look() (f files) {
	for i, name := range []string{id.Cert, id.Key, id.ClientCA} {
		if info, err := os.Stat(name); err == nil {
			f[i] = info
		}
	}
	return f
}

// same reports whether the files are the same ones and unchanged.
func (f files) same(other files) bool {
	for i, a := range f {
		b := other[i]
		switch {
		case a == nil && b == nil:
		case a == nil || b == nil, !os.SameFile(a, b), a.Size() != b.Size(), !a.ModTime().Equal(b.ModTime()):
			return false
		}
	}
	return true
}
