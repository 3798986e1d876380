//go:build cgo

package atomiclog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// lookInterval is how often a sleeper looks whether it is still needed, where it must not be interrupted.
const lookInterval = 100 * time.Millisecond

// sleeper sleeps in C for all goroutines that wait on a log: one thread, however many they are. A Log shares one with
// its snapshots and cursors. They wait for a channel, which the sleeper closes when it is woken.
//
// Nothing is lost: the view that the sleeper sleeps on is taken before the channel is handed out, and the goroutine
// looks at the log once more when it has the channel. What was published before that is seen by the look, and what is
// published afterwards ends the sleep.
type sleeper struct {
	handle cLog         // one count, for all that share the sleeper
	shares atomic.Int64 // how many these are

	mutex sync.Mutex
	// What is waited for. Nil if nobody asked for it since the last change; else the sleeper is asleep.
	changed chan struct{}
	// Changed gave the channel to somebody, and nobody will say when it is no longer needed.
	given bool
	// Calls of Wait.
	waiting int
	asleep  bool
	// C code may know the log. An interrupt would end its waits, too.
	foreign bool
}

// newSleeper takes over one count of the log.
func newSleeper(log cLog, foreign bool) *sleeper {
	s := &sleeper{handle: log, foreign: foreign}
	s.shares.Store(1)
	return s
}

func (s *sleeper) retain() *sleeper {
	s.shares.Add(1)
	return s
}

func (s *sleeper) release() {
	if s.shares.Add(-1) == 0 {
		// The sleeper was stopped by the last Wait, or by the Log's end.
		releaseLog(s.handle)
	}
}

// end closes the channel that a Log gave out, and gives back what the Log held. Waits that go on take the next channel.
func (s *sleeper) end() {
	s.mutex.Lock()
	s.change()
	s.stopIfIdle()
	s.mutex.Unlock()
	s.release()
}

// change closes the current channel. Called with the mutex held.
func (s *sleeper) change() {
	if s.changed != nil {
		close(s.changed)
	}
	s.changed, s.given = nil, false
}

// isIdle says whether nobody waits. Called with the mutex held.
func (s *sleeper) isIdle() bool {
	return s.waiting == 0 && !s.given
}

// stopIfIdle ends a sleep that nobody needs. Called with the mutex held.
func (s *sleeper) stopIfIdle() {
	if s.asleep && s.isIdle() && !s.foreign {
		interruptLog(s.handle)
	}
}

// tellForeign notes that C code knows the log from now on.
func (s *sleeper) tellForeign() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.asleep && !s.foreign {
		// The last interrupt, while it can end no other wait: the next sleep has a bound.
		interruptLog(s.handle)
	}
	s.foreign = true
}

// give is the current channel, for somebody who does not say when it is no longer needed.
func (s *sleeper) give() <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	changed := s.take()
	s.given = s.changed != nil
	return changed
}

// take is the current channel, and sends the sleeper to sleep if it is awake. Called with the mutex held.
func (s *sleeper) take() <-chan struct{} {
	if !s.asleep {
		view, interrupts, status := armSleeper(s.handle)
		if status == statusFinished {
			return closedChannel
		}
		timeout := waitForever
		if s.foreign {
			timeout = uint64(lookInterval)
		}
		s.asleep = true
		go s.sleep(view, interrupts, timeout)
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// sleep sleeps until something is published and notified, the log is finished, there is an interrupt, or nobody waits
// any more. The view is nil if there was no memory for one: then the channel is closed after a while, and all look.
func (s *sleeper) sleep(view cSnapshot, interrupts, timeout uint64) {
	for {
		status := statusOK
		if view != nil {
			status = sleepOn(view, timeout, interrupts)
		} else {
			time.Sleep(lookInterval)
		}
		s.mutex.Lock()
		if status == statusTimeout && !s.isIdle() {
			s.mutex.Unlock()
			continue
		}
		s.asleep = false
		s.change()
		s.mutex.Unlock()
		if status == statusTimeout {
			destroySnapshot(view)
		}
		return
	}
}

// wait waits until look has something to say, the context is done, or the handle is closed. The handle is in use.
func (s *sleeper) wait(ctx context.Context, handle *guard, look func() Status) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Often there is something, and nothing to prepare.
	if status := look(); status != statusTimeout {
		return status.waited()
	}
	closing := handle.closing()
	s.mutex.Lock()
	s.waiting++
	changed := s.take()
	s.mutex.Unlock()
	defer func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.waiting--
		s.stopIfIdle()
	}()
	for {
		if status := look(); status != statusTimeout {
			return status.waited()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-closing:
			return ErrClosed
		}
		s.mutex.Lock()
		changed = s.take()
		s.mutex.Unlock()
	}
}
