package control

import (
	"net"
	"sync"
)

// maxConnections is how many clients are served at once. The others wait: a
// client run wild must not take the file descriptors that the listeners need.
const maxConnections = 32

type bounded struct {
	*net.UnixListener
	free chan struct{} // holds a token for each connection
}

func (b *bounded) Accept() (net.Conn, error) {
	b.free <- struct{}{}
	c, err := b.AcceptUnix()
	if err != nil {
		<-b.free
		return nil, err
	}
	return &boundedConn{UnixConn: c, release: sync.OnceFunc(func() { <-b.free })}, nil
}

type boundedConn struct {
	*net.UnixConn
	release func()
}

func (c *boundedConn) Close() error {
	defer c.release()
	return c.UnixConn.Close()
}
