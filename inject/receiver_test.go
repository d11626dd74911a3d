package inject_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"syslog-blacklist/internal/syslog"
)

var networks = []string{"udp", "tcp", "tls", "unix"}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// receiver is a syslog receiver that can go and come back at the same address.
type receiver struct {
	url      string
	network  string // as the net package calls it
	address  string
	tls      *tls.Config // nil without
	messages chan []byte

	mu    sync.Mutex // guards conns
	conns []io.Closer
	done  sync.WaitGroup
}

// listen starts a receiver at an address of its own.
func listen(t *testing.T, network string) *receiver {
	t.Helper()
	r := &receiver{network: network, address: "127.0.0.1:0", messages: make(chan []byte, 1<<18)}
	query := ""
	switch network {
	case "tls":
		r.network = "tcp"
		r.tls, query = certificates(t)
	case "unix":
		r.network, r.address = "unixgram", filepath.Join(t.TempDir(), "log")
	}
	r.listen(t)
	if network == "unix" {
		r.url = "unix://" + r.address
	} else {
		r.url = network + "://" + r.address + query
	}
	t.Cleanup(r.close)
	return r
}

// listen binds the receiver's address and receives.
func (r *receiver) listen(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := r.bind()
		if err == nil {
			return
		}
		// Another test's connection may have the port for a moment.
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (r *receiver) bind() error {
	if r.network == "tcp" {
		l, err := net.Listen("tcp", r.address)
		if err != nil {
			return err
		}
		r.address = l.Addr().String()
		r.keep(l)
		r.done.Go(func() { r.accept(l) })
		return nil
	}
	conn, err := net.ListenPacket(r.network, r.address)
	if err != nil {
		return err
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		udp.SetReadBuffer(4 << 20)
	}
	r.address = conn.LocalAddr().String()
	r.keep(conn)
	r.done.Go(func() {
		buf := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			r.messages <- append([]byte(nil), buf[:n]...)
		}
	})
	return nil
}

func (r *receiver) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		r.keep(conn)
		if r.tls != nil {
			conn = tls.Server(conn, r.tls)
		}
		r.done.Go(func() {
			defer conn.Close()
			r.readCounted(conn)
		})
	}
}

// readCounted reads messages that are framed by octet counting.
func (r *receiver) readCounted(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		count, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(count[:len(count)-1])
		if err != nil || n < 1 || n > 1<<16 {
			panic("the count of octets is " + strconv.Quote(count))
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		r.messages <- message
	}
}

func (r *receiver) keep(c io.Closer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, c)
}

// close ends the receiver; listen brings it back.
func (r *receiver) close() {
	r.mu.Lock()
	conns := r.conns
	r.conns = nil
	r.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	r.done.Wait()
	if r.network == "unixgram" {
		os.Remove(r.address)
	}
}

// nextRaw returns the next message as it came.
func (r *receiver) nextRaw(t *testing.T) []byte {
	t.Helper()
	select {
	case m := <-r.messages:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return nil
	}
}

// next returns the next message as rules see it.
func (r *receiver) next(t *testing.T) string {
	t.Helper()
	var m syslog.Message
	syslog.Parse(&m, r.nextRaw(t))
	return string(m.Line)
}

// listenDeaf returns the URL of a receiver that accepts and never reads.
func listenDeaf(t *testing.T, network string) (url string) {
	t.Helper()
	if network == "unix" {
		path := filepath.Join(t.TempDir(), "log")
		conn, err := net.ListenPacket("unixgram", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return "unix://" + path
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, query := (*tls.Config)(nil), ""
	if network == "tls" {
		config, query = certificates(t)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if config != nil {
				tls.Server(conn, config).Handshake()
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return network + "://" + l.Addr().String() + query
}

// certificates makes an authority, a server's and a client's certificate. It
// returns the configuration of a server that wants the client's, and the query
// that gives a sender what it needs.
func certificates(t *testing.T) (server *tls.Config, query string) {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// One self-signed certificate is all three.
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile:  {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) {
		t.Fatal("the certificate is not one")
	}
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	server = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	return server, "?ca=" + certFile + "&cert=" + certFile + "&key=" + keyFile
}
