package usage

import (
	"sync"
	"time"
)

// shortest is the least time that a rate is measured over: the kernel counts processor time in steps of 10 ms.
const shortest = time.Second

// Meter makes a rate of two readings of processor time: the time between is the askers'.
type Meter struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
	rate uint64
	read bool
}

// NewMeter knows what was used at a moment, so that already its first reading gives a rate.
func NewMeter(at time.Time, used time.Duration) *Meter { return &Meter{at: at, used: used} }

// Read takes what was used until now and returns that, and how many nanoseconds of processor time a second took since the
// last reading, or the last but one if that was a moment ago. What was used never falls: a command that ended outside of
// its container's own processes is in no later reading.
func (m *Meter) Read(now time.Time, used time.Duration) (time.Duration, uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	used = max(used, m.used)
	between := now.Sub(m.at)
	if between >= shortest || !m.read && between > 0 {
		m.rate = uint64(float64(used-m.used) / between.Seconds())
		m.at, m.used, m.read = now, used, true
	}
	return used, m.rate
}
