package images

import (
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// UsedLock is the file beside a root that a shared lock is held on while the root is in use.
const UsedLock = "used.lock"

// inUse keeps whoever cleans the cache from removing the roots that this process, a node's first, has found. The kernel
// lets go of the locks when the process ends, however it ends.
type inUse struct {
	mu    sync.Mutex
	locks map[string]int
}

func (u *inUse) hold(root string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	lock, held := u.locks[root]
	if !held {
		var err error
		if lock, err = unix.Open(filepath.Join(filepath.Dir(root), UsedLock), unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return err
		}
		u.locks[root] = lock
		if err := unix.Flock(lock, unix.LOCK_SH); err != nil {
			return err
		}
	}
	_, err := os.Stat(root)
	if err != nil { // gone while we waited for the lock, or by somebody's hand
		_ = unix.Close(lock)
		delete(u.locks, root)
	}
	return err
}
