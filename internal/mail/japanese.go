package mail

import (
	"strings"

	"golang.org/x/text/encoding/japanese"
)

// inJapanese returns text in ISO-2022-JP (RFC 1468). What it has no character for becomes
// a question mark: the library would write a control character.
func inJapanese(text string) string {
	encoder := japanese.ISO2022JP.NewEncoder()
	if encoded, err := encoder.String(text); err == nil {
		return encoded
	}
	known := strings.Map(func(r rune) rune {
		if _, err := encoder.String(string(r)); err != nil {
			return '?'
		}
		return r
	}, text)
	encoded, err := encoder.String(known)
	if err != nil {
		panic("mail: a text of known characters cannot be encoded: " + err.Error())
	}
	return encoded
}
