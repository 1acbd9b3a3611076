package process

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindWordsItsFailuresAsRuncDoes(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("PATH", directory)
	program := filepath.Join(directory, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		"program": program,
		program:   program,
	} {
		if got, err := find(command); err != nil || got != want {
			t.Errorf("find(%q) = %q, %v", command, got, err)
		}
	}
	for command, want := range map[string]string{
		"missing":      `exec: "missing": executable file not found in $PATH: unknown`,
		"/no/such":     `exec: "/no/such": stat /no/such: no such file or directory: unknown`,
		directory:      `exec: "` + directory + `": is a directory: unknown`,
		"":             `exec: "": executable file not found in $PATH: unknown`,
		"./not-there/": `exec: "./not-there/": stat ./not-there/: no such file or directory: unknown`,
	} {
		if got, err := find(command); err == nil || err.Error() != want {
			t.Errorf("find(%q) = %q, %v", command, got, err)
		}
	}
}

func TestCommand(t *testing.T) {
	if _, _, err := command(Spec{}); err == nil || err.Error() != "no command specified: neither the pod nor its image names one" {
		t.Errorf("no command: %v", err)
	}
	path, args, err := command(Spec{StandIn: true, Args: []string{"nginx", "-g", "daemon off;"}})
	if err != nil || path != "/proc/self/fd/5" || len(args) != 2 || args[1] != "stand-in" {
		t.Errorf("a stand-in runs %q %q, %v", path, args, err)
	}
}
