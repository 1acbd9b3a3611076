package processruntime

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// entry is a line of a log as the splitter emits it.
type entry struct{ tag, content string }

func split(chunks ...[]byte) []entry {
	var entries []entry
	s := &lineSplitter{emit: func(tag string, content []byte) { entries = append(entries, entry{tag, string(content)}) }}
	for _, chunk := range chunks {
		s.write(chunk)
	}
	s.end()
	return entries
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", longestLine)
	for name, test := range map[string]struct {
		chunks []string
		want   []entry
	}{
		"nothing":                   {nil, nil},
		"a line":                    {[]string{"a\n"}, []entry{{"F", "a"}}},
		"an empty line":             {[]string{"\n"}, []entry{{"F", ""}}},
		"two in one write":          {[]string{"a\nb\n"}, []entry{{"F", "a"}, {"F", "b"}}},
		"one in three writes":       {[]string{"a", "b", "c\n"}, []entry{{"F", "abc"}}},
		"the newline comes later":   {[]string{"a", "\n"}, []entry{{"F", "a"}}},
		"no newline at the end":     {[]string{"a\nb"}, []entry{{"F", "a"}, {"P", "b"}}},
		"exactly the longest":       {[]string{long + "\n"}, []entry{{"F", long}}},
		"the longest, then more":    {[]string{long, "y\n"}, []entry{{"P", long}, {"F", "y"}}},
		"longer than the longest":   {[]string{long + long + "y\nz\n"}, []entry{{"P", long}, {"P", long}, {"F", "y"}, {"F", "z"}}},
		"the longest, no newline":   {[]string{long}, []entry{{"P", long}}},
		"carriage returns are kept": {[]string{"a\r\nb\r\n"}, []entry{{"F", "a\r"}, {"F", "b\r"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var chunks [][]byte
			for _, chunk := range test.chunks {
				chunks = append(chunks, []byte(chunk))
			}
			if got := split(chunks...); fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%.200q, want %.200q", got, test.want)
			}
		})
	}
}

// Whatever is written, in whatever pieces: what the kubelet reads back is what was written.
func TestLinesLoseNothing(t *testing.T) {
	for seed := range 500 {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		var written []byte
		var chunks [][]byte
		for range random.IntN(20) {
			chunk := make([]byte, random.IntN(3)*random.IntN(longestLine))
			for i := range chunk {
				chunk[i] = "ab\n\x00\xff"[random.IntN(5)]
			}
			if random.IntN(3) == 0 {
				chunk = bytes.ReplaceAll(chunk, []byte("\n"), []byte("c"))
			}
			written = append(written, chunk...)
			chunks = append(chunks, chunk)
		}
		var read []byte
		for _, e := range split(chunks...) {
			if len(e.content) > longestLine || strings.Contains(e.content, "\n") {
				t.Fatalf("seed %d: an entry of %d bytes, %.80q", seed, len(e.content), e.content)
			}
			read = append(read, e.content...)
			if e.tag == "F" {
				read = append(read, '\n')
			}
		}
		if !bytes.Equal(read, written) {
			t.Fatalf("seed %d: %d bytes written, %d read", seed, len(written), len(read))
		}
	}
}

func openTestLog(t *testing.T) *logFile {
	t.Helper()
	log, err := openLog(filepath.Join(t.TempDir(), "pod", "container", "0.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.close)
	return log
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestLogHasTheFormatOfTheCRI(t *testing.T) {
	log := openTestLog(t)
	log.line("stdout", "F", []byte("hello  world"))
	log.line("stderr", "P", nil)
	want := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z stdout F hello  world\n\S+Z stderr P \n$`)
	if got := contentOf(t, log.path); !want.MatchString(got) {
		t.Errorf("%q", got)
	}
}

func TestLogGoesOnInANewFileAfterRotation(t *testing.T) {
	log := openTestLog(t)
	log.line("stdout", "F", []byte("before"))
	if err := os.Rename(log.path, log.path+".rotated"); err != nil {
		t.Fatal(err)
	}
	log.line("stdout", "F", []byte("between"))
	if err := log.reopen(); err != nil {
		t.Fatal(err)
	}
	log.line("stdout", "F", []byte("after"))
	if old := contentOf(t, log.path+".rotated"); !strings.Contains(old, "before") || !strings.Contains(old, "between") {
		t.Errorf("the old file: %q", old)
	}
	if now := contentOf(t, log.path); strings.Contains(now, "between") || !strings.HasSuffix(now, "after\n") {
		t.Errorf("the new file: %q", now)
	}
}

func TestLogIsBoundedAndSaysWhatItLeftOut(t *testing.T) {
	log := openTestLog(t)
	log.size = fullAt
	log.line("stdout", "F", []byte("lost"))
	log.line("stdout", "F", []byte("lost"))
	if got := contentOf(t, log.path); got != "" {
		t.Errorf("a full log took %q", got)
	}
	if err := os.Rename(log.path, log.path+".rotated"); err != nil {
		t.Fatal(err)
	}
	if err := log.reopen(); err != nil {
		t.Fatal(err)
	}
	log.line("stdout", "F", []byte("kept"))
	want := regexp.MustCompile(`^\S+ stderr F \(2 lines are left out here: the log was full\)\n\S+ stdout F kept\n$`)
	if got := contentOf(t, log.path); !want.MatchString(got) {
		t.Errorf("%q", got)
	}
}

func TestReopeningTheLogOfAnEndedContainerOpensNothing(t *testing.T) {
	log := openTestLog(t)
	log.close()
	if err := log.reopen(); err != nil || log.file != nil {
		t.Errorf("%v, %v", log.file, err)
	}
	log.line("stdout", "F", []byte("too late"))
}

func TestStreamsLogAndPublishBothOutputs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "0.log")
	s, err := openStreams(path, false, true)
	if err != nil {
		t.Fatal(err)
	}
	var out, errors bounded
	detach := s.attach(&attachment{stdout: &out, stderr: &errors})
	defer detach()
	for file, text := range map[*os.File]string{s.stdout: "to stdout\n", s.stderr: "to stderr\n"} {
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.input.WriteString("to stdin"); err != nil {
		t.Fatal(err)
	}
	input := make([]byte, 100)
	if n, err := s.stdin.Read(input); err != nil || string(input[:n]) != "to stdin" {
		t.Errorf("stdin: %q, %v", input[:n], err)
	}
	s.closeFarEnds()
	s.drain()
	log := contentOf(t, path)
	if !strings.Contains(log, " stdout F to stdout\n") || !strings.Contains(log, " stderr F to stderr\n") {
		t.Errorf("log: %q", log)
	}
	if string(out.content()) != "to stdout\n" || string(errors.content()) != "to stderr\n" {
		t.Errorf("attached: %q, %q", out.content(), errors.content())
	}
}

func TestStreamsOfATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "0.log")
	s, err := openStreams(path, true, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.stdout.WriteString("on a terminal\n"); err != nil {
		t.Fatal(err)
	}
	s.closeFarEnds()
	s.drain()
	if log := contentOf(t, path); !strings.HasSuffix(log, " stdout F on a terminal\r\n") {
		t.Errorf("log: %q", log)
	}
}

func TestDrainingEndsThoughSomebodyHoldsTheOtherEnd(t *testing.T) {
	for name, terminal := range map[string]bool{"pipe": false, "terminal": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits as long as a container's end does
			s, err := openStreams(filepath.Join(t.TempDir(), "0.log"), terminal, false)
			if err != nil {
				t.Fatal(err)
			}
			s.drain()
			s.closeFarEnds()
		})
	}
}

func TestBoundedKeepsTheBeginning(t *testing.T) {
	var b bounded
	chunk := bytes.Repeat([]byte("x"), mostKept/2+1)
	for range 3 {
		if n, err := b.Write(chunk); n != len(chunk) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if got := len(b.content()); got != mostKept {
		t.Errorf("%d bytes kept", got)
	}
}
