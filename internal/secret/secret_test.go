package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syslog-blacklist/internal/secret"
)

func TestASecretIsAFilesContentWithoutItsLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for text, want := range map[string]string{
		"p ä%s\n": "p ä%s", "two\r\n": "two", " blanks stay ": " blanks stay ", "a\nb\n": "a\nb",
		"": "", "\n": "", strings.Repeat("x", 4097): "", strings.Repeat("y", 4096): strings.Repeat("y", 4096),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := secret.Read(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%.20q is read as %.20q, error %v", text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxxx") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
	if _, err := secret.Read(path + "none"); err == nil {
		t.Error("a file that is not there has no error")
	}
}
