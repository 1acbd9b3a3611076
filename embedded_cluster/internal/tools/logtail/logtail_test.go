package logtail

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprint("line ", i))
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Of(path, 2); got != "line 98\nline 99" {
		t.Errorf("%q", got)
	}
	if got := Of(path, 1000); got != strings.Join(lines, "\n") {
		t.Errorf("%q", got)
	}
	if got := Of(path+".missing", 2); !strings.HasPrefix(got, "(no log: ") {
		t.Errorf("%q", got)
	}
}

func TestTailOfALargeLogReadsOnlyItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	line := strings.Repeat("x", 1000) + "\n"
	if err := os.WriteFile(path, []byte(strings.Repeat(line, 1000)+"the end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := Of(path, 200)
	if !strings.HasSuffix(got, "the end") || len(got) > most {
		t.Errorf("%d bytes", len(got))
	}
	for _, one := range strings.Split(strings.TrimSuffix(got, "the end"), "\n") {
		if one != "" && len(one) != 1000 {
			t.Errorf("half a line: %d bytes", len(one))
		}
	}
}
