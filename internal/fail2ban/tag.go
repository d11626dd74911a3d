package fail2ban

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// addressTags stand for an address.
var addressTags = map[string]bool{
	"HOST": true, "ADDR": true, "IP4": true, "IP6": true, "HOST6": true, "SUBNET": true,
	"F-ADDR/": true, "F-IP4/": true, "F-IP6/": true, "F-SUBNET/": true,
}

const placeholder = "{IP_NUMBER}"

var tagPattern = regexp.MustCompile(`^<(/?)([\w-]+/?)>`)

// uncounted are the tags of lines that are no failure for themselves.
var uncounted = map[string]string{
	"NOFAIL":    "it counts only together with other lines of its session (F-NOFAIL)",
	"MLFGAINED": "it is a success, which ends a session (F-MLFGAINED)",
	"ID":        "it bans what F-ID names, which need be no address",
	"ID/":       "it bans what F-ID names, which need be no address",
	"DNS/":      "it bans a host by its name: there must be an address",
}

// transparent are the tags that say nothing about a single line.
var transparent = map[string]bool{"MLFID": true, "MLFFORGET": true}

// tag reads <HOST>, <F-USER> and the like; others stand for themselves.
func (t *tokenizer) tag() error {
	m := tagPattern.FindStringSubmatch(t.rest)
	if m == nil {
		t.take(1, atom, "<")
		return nil
	}
	n, name := len(m[0]), m[2]
	custom, isCustom := strings.CutPrefix(name, "F-")
	switch {
	case m[1] == "" && addressTags[name]:
		t.take(n, host, placeholder)
	case m[1] == "" && name == "DNS":
		return errors.New(uncounted["DNS/"])
	case m[1] == "" && (name == "CIDR" || name == "F-CIDR/"):
		t.take(n, atom, `\d+`)
	case name == "SKIPLINES":
		return errors.New("it looks at several lines (SKIPLINES)")
	case m[1] == "" && name == "F-PORT/":
		t.take(n, open, `(?P<port>`)
		t.out = append(t.out, token{atom, `\w+`})
		t.take(0, closing, ")")
	case !isCustom || custom != strings.ToUpper(custom):
		t.take(1, atom, "<")
	case m[1] == "":
		return t.openTag(n, custom)
	case t.opened[custom]:
		t.closeTag(n, custom)
	default:
		t.take(1, atom, "<")
	}
	return nil
}

func (t *tokenizer) openTag(n int, name string) error {
	if reason, ok := uncounted[name]; ok {
		return errors.New(reason)
	}
	if strings.HasSuffix(name, "/") {
		t.take(1, atom, "<")
		return nil
	}
	if addressGroups[strings.ToLower(name)] {
		return fmt.Errorf("an address of its own form (F-%s)", name)
	}
	t.opened[name] = true
	switch {
	case name == "CONTENT":
		t.take(n, contentOf, "(?:")
		t.depth++
	case transparent[name]:
		t.take(n, open, "(?:")
	default:
		return t.named(n, name)
	}
	return nil
}

func (t *tokenizer) closeTag(n int, name string) {
	if name == "CONTENT" {
		t.take(n, contentEnd, ")")
		t.depth--
		return
	}
	t.take(n, closing, ")")
}
