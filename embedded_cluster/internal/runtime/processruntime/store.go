package processruntime

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"pytest-kworkload/embedded_cluster/internal/runtime/rootfs"
)

// store is the directory of the runtime's records. What a node ran before it was killed is known after it was started
// again: the kubelet needs that to count restarts and to keep the logs of what ended.
type store string

type sandboxRecord struct {
	ID      string
	Config  []byte // cri.PodSandboxConfig
	Created int64
	IP      string
}

type containerRecord struct {
	ID, Sandbox                string
	Config                     []byte // cri.ContainerConfig
	Image, ImageID, Digest     string
	LogPath                    string
	State                      cri.ContainerState
	Created, Started, Finished int64
	ExitCode                   int32
	Reason, Message            string
}

func (s store) sandboxes() string            { return filepath.Join(string(s), "sandboxes") }
func (s store) containers() string           { return filepath.Join(string(s), "containers") }
func (s store) directory(id string) string   { return filepath.Join(s.containers(), id) }
func (s store) root(id string) string        { return filepath.Join(s.directory(id), "root") }
func (s store) scratch(id string) string     { return filepath.Join(s.directory(id), "scratch") }
func (s store) upper(id string) string       { return rootfs.Upper(s.scratch(id)) }
func (s store) sandboxFile(id string) string { return filepath.Join(s.sandboxes(), id+".json") }
func (s store) pulledFile() string           { return filepath.Join(string(s), "pulled") }
func (s store) containerFile(id string) string {
	return filepath.Join(s.containers(), id+".json")
}

// write replaces the file as a whole, so that a kill never leaves half of one.
func write(path string, record any) error {
	content, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// read calls see for every record of a directory.
func read[T any](directory string, see func(T) error) error {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			return err
		}
		var record T
		if err := json.Unmarshal(content, &record); err != nil {
			return err
		}
		if err := see(record); err != nil {
			return err
		}
	}
	return nil
}

// restore lists what an earlier runtime of this node left. Its processes ended with it, so their addresses are free; the
// next one to be given follows the last that was.
func (s *Server) restore() error {
	if err := s.restorePulled(); err != nil {
		return err
	}
	var last sandboxRecord
	err := read(s.store.sandboxes(), func(record sandboxRecord) error {
		config := &cri.PodSandboxConfig{}
		if err := proto.Unmarshal(record.Config, config); err != nil {
			return err
		}
		p := &sandbox{sandboxRecord: record, config: config, ended: make(chan struct{})}
		close(p.ended)
		s.sandboxes[record.ID] = p
		if record.IP != "" && record.Created > last.Created {
			last = record
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.network.addresses.follow(last.IP)
	return read(s.store.containers(), func(record containerRecord) error {
		config := &cri.ContainerConfig{}
		if err := proto.Unmarshal(record.Config, config); err != nil {
			return err
		}
		if s.sandboxes[record.Sandbox] == nil {
			return os.Remove(s.store.containerFile(record.ID))
		}
		c := &container{containerRecord: record, config: config, ended: make(chan struct{})}
		close(c.ended)
		if c.State != cri.ContainerState_CONTAINER_EXITED {
			const unknown = 255 // what a runtime reports of a container that ended out of its sight
			c.State, c.ExitCode, c.Reason = cri.ContainerState_CONTAINER_EXITED, unknown, "Unknown"
			c.Finished = time.Now().UnixNano()
		}
		s.containers[c.ID] = c
		return nil
	})
}

// restorePulled finds the images again that were pulled; what is no longer to be had has to be pulled again.
func (s *Server) restorePulled() error {
	content, err := os.ReadFile(s.store.pulledFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var references []string
	if err := json.Unmarshal(content, &references); err != nil {
		return err
	}
	for _, reference := range references {
		if image, err := s.config.Images.Resolve(reference); err == nil {
			s.pulled[image.Reference] = image
		}
	}
	return nil
}

// recordPulled wants s.mu held.
func (s *Server) recordPulled() error {
	return write(s.store.pulledFile(), slices.Collect(maps.Keys(s.pulled)))
}

// exitCode is what a shell would report.
func exitCode(status syscall.WaitStatus) int32 {
	const signalled = 128
	if status.Signaled() {
		return signalled + int32(status.Signal()) //nolint:gosec // signals are small
	}
	return int32(status.ExitStatus()) //nolint:gosec // 0 to 255
}
