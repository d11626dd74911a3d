package page

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy lets the page load what the daemon serves and nothing else, and takes
// from scripts every way to turn text into HTML.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guard gives every answer the headers that confine it, and refuses requests that
// a stranger's page may have made a browser send.
func guard(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.TLS == nil && !ownName(r.Host, name) {
			http.Error(w, "this name is not known here: use the address, localhost, or the name that web: has in the configuration",
				http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownName tells whether a Host header can't be a stranger's name that was made to
// resolve to this host (DNS rebinding): an address is nobody's name. With TLS the
// certificate vouches for the name.
func ownName(host, name string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return strings.EqualFold(host, "localhost") || name != "" && strings.EqualFold(host, name)
}
