package main_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syslog-blacklist/internal/kerneltest"
)

// The clients of the web servers below live in a namespace of their own: the
// host's own addresses are spared.
const (
	webClient = "203.0.113.2"
	webServer = "203.0.113.1:" + port
)

// browse asks the web server for a path as the client and returns the status.
func browse(t *testing.T, path string, header http.Header) int {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return connect("web", host)
		},
	}}
	request, err := http.NewRequest("GET", "http://"+webServer+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		request.Header = header
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return answer.StatusCode
}

// serve runs a web server until the test ends and waits until it listens.
func serve(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := launch(t, name, args...)
	until(t, name+" listens", func() bool {
		c, err := net.Dial("tcp", webServer)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, p)
	return p
}

// watch runs the daemon with the shipped default rules.
func watch(t *testing.T) *process {
	t.Helper()
	d := launch(t, program(t, "syslog-blacklist"), shippedRules(t, "")...)
	d.says("bans in force")
	return d
}

// banned waits until the daemon has banned the client for an entry.
func banned(t *testing.T, daemon *process, entry string) {
	t.Helper()
	daemon.says("blacklisting " + webClient + " for " + entry)
	if !inSet(t, "blacklist", webClient) {
		t.Errorf("%s is not in the set", webClient)
	}
}

// shippedRules returns the arguments of run for the shipped default rules and
// further plumbing, and removes the sets after the test.
func shippedRules(t *testing.T, plumbing string) []string {
	t.Helper()
	t.Cleanup(func() { kerneltest.Run(t, "ipset", "destroy") })
	dir := t.TempDir()
	conf := file(t, "conf.yaml", "state: "+dir+"\nsets: {size: 4096}\ncontrol: "+dir+"/control.sock\n"+plumbing)
	return []string{"run", "--config", conf, "--rules", file(t, "rules.conf", "use all\n")}
}

func TestWhoScansApacheIsBanned(t *testing.T) {
	kerneltest.Require(t, "ip", "ipset", "apache2")
	dir := publicDir(t)
	join(t, "web", "203.0.113", "2001:db8:b")
	conf := file(t, "httpd.conf", fmt.Sprintf(`
ServerRoot %[1]s
ServerName www.example.org
DefaultRuntimeDir %[1]s
PidFile httpd.pid
Listen %[2]s
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User #%[3]d
Group #%[3]d
DocumentRoot %[1]s
%[4]s`, dir, webServer, nobody, snippet(t, "apache/syslog-blacklist.conf",
		"/usr/bin/syslog-inject", program(t, "syslog-inject"), "${APACHE_LOG_DIR}", dir)))
	for _, path := range []string{"/phpMyAdmin-2.1/index.php", "/.env", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php"} {
		t.Run(path, func(t *testing.T) {
			daemon := watch(t)
			apache := serve(t, "apache2", "-f", conf, "-DFOREGROUND")
			if status := browse(t, path, nil); status != http.StatusNotFound {
				t.Errorf("status %d", status)
			}
			banned(t, daemon, "apache scan")
			if text, err := os.ReadFile(dir + "/error.log"); err != nil || len(text) == 0 {
				t.Errorf("the log is not kept as a file: %d bytes, error %v", len(text), err)
			}
			daemon.stop(unix.SIGTERM)
			for i := range 400 { // some 200 bytes each: more than the pipe holds
				if status := browse(t, fmt.Sprint(path, i), nil); status != http.StatusNotFound {
					t.Fatalf("with the receiver down, status %d", status)
				}
			}
			apache.stop(unix.SIGTERM)
		})
	}
}

func TestWhoScansOrGuessesAtNginxIsBanned(t *testing.T) {
	kerneltest.Require(t, "ip", "ipset", "nginx")
	dir := publicDir(t)
	join(t, "web", "203.0.113", "2001:db8:b")
	put(t, dir+"/users", "alice:{PLAIN}correct\n")
	put(t, dir+"/denied/page", "")
	conf := file(t, "nginx.conf", fmt.Sprintf(`
daemon off;
pid %[1]s/pid;
user nobody nogroup;
events {}
http {
	%[3]s
	access_log off;
	client_body_temp_path %[1]s/1; proxy_temp_path %[1]s/2; fastcgi_temp_path %[1]s/3; uwsgi_temp_path %[1]s/4; scgi_temp_path %[1]s/5;
	server {
		listen %[2]s;
		root %[1]s;
		location /secret { auth_basic "secret"; auth_basic_user_file %[1]s/users; }
		location /denied { deny all; }
	}
}`, dir, webServer, snippet(t, "nginx/syslog-blacklist.conf", "/var/log/nginx", dir)))
	guess := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("alice:wrong"))}}
	for _, tt := range []struct {
		entry, path string
		header      http.Header
		times       int
		status      int
	}{
		{"nginx scan", "/phpMyAdmin-2.1/index.php", nil, 1, http.StatusNotFound},
		{"nginx password", "/secret", guess, 5, http.StatusUnauthorized},
		{"nginx forbidden", "/denied/page", nil, 5, http.StatusForbidden},
	} {
		t.Run(tt.entry, func(t *testing.T) {
			daemon := watch(t)
			server := serve(t, "nginx", "-c", conf, "-e", dir+"/start.log")
			for range tt.times {
				if status := browse(t, tt.path, tt.header); status != tt.status {
					t.Errorf("GET %s: status %d, want %d", tt.path, status, tt.status)
				}
			}
			banned(t, daemon, tt.entry)
			if text, err := os.ReadFile(dir + "/error.log"); err != nil || len(text) == 0 {
				t.Errorf("the log is not kept as a file: %d bytes, error %v", len(text), err)
			}
			daemon.stop(unix.SIGTERM)
			if status := browse(t, tt.path, tt.header); status != tt.status {
				t.Errorf("with the receiver down, status %d, want %d", status, tt.status)
			}
			server.stop(unix.SIGTERM)
		})
	}
}

func TestWhomHAProxyRefusesTooOftenIsBanned(t *testing.T) {
	kerneltest.Require(t, "ip", "ipset", "haproxy")
	join(t, "web", "203.0.113", "2001:db8:b")
	conf := file(t, "haproxy.cfg", snippet(t, "haproxy/syslog-blacklist.cfg")+fmt.Sprintf(`
	timeout client 5s
	timeout connect 5s
	timeout server 5s
frontend www
	bind %s
	http-request deny
`, webServer))
	args := append(shippedRules(t, ""), "--rules", file(t, "haproxy.conf", "use haproxy-aggressive\n"))
	daemon := launch(t, program(t, "syslog-blacklist"), args...)
	daemon.says("bans in force")
	serve(t, "haproxy", "-db", "-f", conf)
	for range 20 {
		if status := browse(t, "/", nil); status != http.StatusForbidden {
			t.Errorf("status %d", status)
		}
	}
	banned(t, daemon, "haproxy-aggressive refused")
}
