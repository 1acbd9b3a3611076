package usage

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake is a proc file system of these files; a value that begins with -> is a link.
func fake(t *testing.T, files map[string]string) Proc {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		target, link := strings.CutPrefix(content, "->")
		err := os.WriteFile(path, []byte(content), 0o600)
		if link {
			_ = os.Remove(path)
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return Proc(root)
}

// add puts a process in. Its command's name is as nasty as one may be.
func add(files map[string]string, pid, parent int, namespace string, user, system, childrenUser, childrenSystem, kilobytes int) {
	directory := fmt.Sprintf("%d/", pid)
	files[directory+"stat"] = fmt.Sprintf("%d (a) S 9 (b) S %d 1 1 0 -1 4194560 100 20 3 4 %d %d %d %d 20 0 1 0 12 0 0\n",
		pid, parent, user, system, childrenUser, childrenSystem)
	files[directory+"ns/mnt"] = "->mnt:[" + namespace + "]"
	files[directory+"smaps_rollup"] = fmt.Sprintf("00400000-7ffc [rollup]\nRss:   %d kB\nPss:   %d kB\nPss_Dirty:  1 kB\nSwapPss:  3 kB\n",
		2*kilobytes, kilobytes)
}

func TestWhatContainersUse(t *testing.T) {
	files := map[string]string{"uptime": "1 1\n", "self": "->10"}
	add(files, 1, 0, "node", 1000, 1000, 1000, 1000, 99)
	add(files, 10, 1, "a", 100, 50, 20, 10, 1000) // the first of a
	add(files, 11, 10, "a", 1, 0, 0, 0, 10)
	add(files, 12, 11, "own", 2, 0, 0, 0, 20)  // with a mount namespace of its own
	add(files, 13, 1, "a", 4, 0, 0, 0, 40)     // a command that was run in a
	add(files, 20, 1, "b", 7, 0, 0, 0, 500)    // the first of b
	add(files, 30, 1, "other", 9, 9, 9, 9, 60) // of neither
	delete(files, "13/smaps_rollup")           // it ends just now
	got := fake(t, files).Containers(map[string]int{"a": 10, "b": 20, "ended": 99})
	want := map[string]Usage{
		"a": {
			CPU: 1870 * time.Millisecond, PSS: 1030 << 10, RSS: 2060 << 10, Swap: 9 << 10,
			Faults: 4 * 127, MajorFaults: 4 * 7, Processes: 4,
		},
		"b": {CPU: 70 * time.Millisecond, PSS: 500 << 10, RSS: 1000 << 10, Swap: 3 << 10, Faults: 127, MajorFaults: 7, Processes: 1},
	}
	if !maps.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestParentsInACircleAreNobodys(t *testing.T) {
	files := map[string]string{}
	add(files, 10, 1, "a", 1, 0, 0, 0, 1)
	add(files, 20, 21, "x", 1, 0, 0, 0, 1)
	add(files, 21, 20, "y", 1, 0, 0, 0, 1)
	if got := fake(t, files).Containers(map[string]int{"a": 10}); got["a"].Processes != 1 {
		t.Errorf("%+v", got)
	}
}

func TestNoContainersCostNothing(t *testing.T) {
	if got := Proc("/nowhere").Containers(map[string]int{"ended": 99}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestThisProcess(t *testing.T) {
	got := System.Containers(map[string]int{"us": os.Getpid()})["us"]
	if got.Processes == 0 || got.PSS == 0 || got.RSS < got.PSS {
		t.Errorf("%+v", got)
	}
}

func TestInterfaces(t *testing.T) {
	proc := fake(t, map[string]string{"7/net/dev": `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000      10    0    0    0     0          0         0  1000      10    0    0    0     0       0          0
  eth0:12345      99    1    2    0     0          0         0    678      20    3    0    0     0       0          0
`})
	got, err := proc.Interfaces(7)
	if want := []Interface{{"eth0", 12345, 1, 678, 3}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if got, err := proc.Interfaces(8); err == nil {
		t.Errorf("of nobody: %+v", got)
	}
}

func TestTheMachine(t *testing.T) {
	proc := fake(t, map[string]string{
		"meminfo": "MemTotal:  1000 kB\nMemFree:  1 kB\nMemAvailable:  400 kB\nAnonPages:  200 kB\nSwapTotal:  50 kB\nSwapFree:  20 kB\nHugePages_Total:  0\n",
		"vmstat":  "nr_free_pages 1\npgfault 77\npgmajfault 5\n",
		"stat":    "cpu  100 20 3 9999 8888 4 5 6 50 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n",
	})
	memory, err := proc.Memory()
	want := Memory{Total: 1000 << 10, Available: 400 << 10, RSS: 200 << 10, Swap: 30 << 10, SwapTotal: 50 << 10, Faults: 77, MajorFaults: 5}
	if err != nil || memory != want {
		t.Errorf("%+v, %v; want %+v", memory, err, want)
	}
	if busy, err := proc.CPU(); err != nil || busy != 1380*time.Millisecond {
		t.Errorf("busy for %s, %v", busy, err)
	}
}

func TestAMachineThatDoesNotTell(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing":  {},
		"no sizes": {"meminfo": "\n", "stat": "intr 1\n"},
		"no total": {"meminfo": "MemAvailable:  1 kB\n", "stat": "cpu  1 2 3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			proc := fake(t, files)
			if memory, err := proc.Memory(); err == nil {
				t.Errorf("%+v", memory)
			}
			if busy, err := proc.CPU(); err == nil {
				t.Errorf("busy for %s", busy)
			}
		})
	}
}

func TestAMeter(t *testing.T) {
	began := time.Unix(1000, 0)
	meter := NewMeter(began, 0)
	for _, reading := range []struct {
		what               string
		at, used           time.Duration
		total              time.Duration
		nanosecondsASecond uint64
	}{
		{"the first, soon", 500 * time.Millisecond, 250 * time.Millisecond, 250 * time.Millisecond, 5e8},
		{"too soon for another rate", 600 * time.Millisecond, 350 * time.Millisecond, 350 * time.Millisecond, 5e8},
		{"since the first", 2500 * time.Millisecond, 450 * time.Millisecond, 450 * time.Millisecond, 1e8},
		{"less than before", 4500 * time.Millisecond, 100 * time.Millisecond, 450 * time.Millisecond, 0},
		{"two processors", 5500 * time.Millisecond, 2450 * time.Millisecond, 2450 * time.Millisecond, 2e9},
	} {
		total, rate := meter.Read(began.Add(reading.at), reading.used)
		if total != reading.total || rate != reading.nanosecondsASecond {
			t.Errorf("%s: %s, %d; want %s, %d", reading.what, total, rate, reading.total, reading.nanosecondsASecond)
		}
	}
}

func TestWhatIsWrittenToADirectory(t *testing.T) {
	root := t.TempDir()
	proc := fake(t, map[string]string{"7/root": "->" + root})
	upper := t.TempDir()
	if err := os.WriteFile(filepath.Join(upper, "file"), make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(upper, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := proc.Written(7, upper)
	if err != nil || !got.Disk || got.Inodes != 2 || got.Bytes < 100_000 || got.Bytes > 150_000 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := proc.Written(8, upper); err == nil {
		t.Errorf("of nobody: %+v", got)
	}
}

func TestWhatIsWrittenToMemoryOfItsOwn(t *testing.T) {
	proc := fake(t, map[string]string{"7/root": "->/dev/shm"})
	before, err := proc.Written(7, "/nowhere")
	if err != nil || before.Disk {
		t.Fatalf("%+v, %v", before, err)
	}
	file, err := os.CreateTemp("/dev/shm", "usage")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	if _, err := file.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	after, err := proc.Written(7, "/nowhere")
	if err != nil || after.Disk || after.Bytes < before.Bytes+4<<20 {
		t.Errorf("%+v then %+v, %v", before, after, err)
	}
}
