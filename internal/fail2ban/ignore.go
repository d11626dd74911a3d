package fail2ban

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
)

// spare takes over whom a jail ignores.
func (im *importer) spare(j *jail) {
	r := &jailReader{im, j.name}
	v, _, err := im.cfg.get(j.name, "ignoreip", nil)
	if err != nil {
		im.report(r.at("ignoreip"), "%s%v", r.own("ignoreip"), err)
	}
	for _, l := range v {
		for _, word := range strings.FieldsFunc(l.text, func(r rune) bool { return strings.ContainsRune(" ,\t", r) }) {
			operand, err := spared(word)
			if err != nil {
				im.report(l.at, "%signoreip: %v", r.own("ignoreip"), err)
				continue
			}
			if slices.Contains(im.never, operand) {
				continue
			}
			im.never = append(im.never, operand)
			if r.own("ignoreip") != "" {
				r.report("ignoreip", "%s is spared by all rules, not by those of this jail alone", word)
			}
		}
	}
	if text := r.get("ignorecommand"); text != "" {
		j.asks = true
		r.report("ignorecommand", "whom %s spares is not spared here: no command is asked", quote(text))
	}
	if text := r.get("ignoreself"); text != "" && !truth(text) {
		r.report("ignoreself", "the host's own addresses are always spared")
	}
}

// spared returns what stands behind never for a word of ignoreip: an address, a prefix,
// a host's name, or file:PATH for a list of them.
func spared(word string) (string, error) {
	if path, ok := strings.CutPrefix(word, "file:"); ok {
		return sparedList(path)
	}
	operand := withLength(word)
	isPath := strings.ContainsAny(word[:1], "/.") // for never, but not here
	if isPath || fault("never "+operand) != nil {
		return "", fmt.Errorf("%s is no address, no prefix and no host name", quote(word))
	}
	return operand, nil
}

func sparedList(path string) (string, error) {
	switch {
	case !filepath.IsAbs(path):
		return "", fmt.Errorf("file:%s: name the whole path of the list", printable(path))
	case strings.ContainsAny(path, `*?[\`): // a pattern, for never
		return "", fmt.Errorf("file:%s: a list's name can't hold * ? [ or \\: rename it", printable(path))
	}
	if err := fault("never " + path); err != nil {
		return "", fmt.Errorf("file:%s: %w", printable(path), err)
	}
	return path, nil
}

// withLength writes a mask, as in 192.0.2.0/255.255.255.0, as the length of a prefix.
func withLength(word string) string {
	addr, text, _ := strings.Cut(word, "/")
	mask, err := netip.ParseAddr(text)
	if err != nil {
		return word
	}
	ones, bits := net.IPMask(mask.AsSlice()).Size()
	if bits == 0 { // ones and zeros are mixed
		return word
	}
	return fmt.Sprintf("%s/%d", addr, ones)
}
