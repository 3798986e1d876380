//go:build cgo

package atomiclog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// lookInterval is how often a sleeper that must not be interrupted looks whether it is still needed.
const lookInterval = 100 * time.Millisecond

// sleeper sleeps in C for all goroutines that wait on a log: one thread, however many they are. A Log shares one
// sleeper with its snapshots and cursors. The goroutines wait for a channel, which the sleeper closes when it is woken.
//
// No publication is missed. The view that the sleeper sleeps on is taken before the channel is handed out, and the
// goroutine looks at the log once more when it has the channel. The look sees what was published before. What is
// published afterwards ends the sleep.
type sleeper struct {
	handle cLog         // one count, for all that share the sleeper
	shares atomic.Int64 // how many objects share the sleeper

	mutex sync.Mutex
	// The channel that goroutines wait for. Nil if none asked for it since the last change. Otherwise the sleeper is
	// asleep.
	changed chan struct{}
	// Changed gave the channel to a caller, which will not tell when it no longer needs it.
	given bool
	// Calls of Wait.
	waiting int
	asleep  bool
	// C code may know the log. An interrupt would end the waits of C code, too.
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

// end closes the channel that a Log gave out, and gives back what the Log held. Waits that continue take the next
// channel.
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

// isIdle reports whether no goroutine waits. Called with the mutex held.
func (s *sleeper) isIdle() bool {
	return s.waiting == 0 && !s.given
}

// stopIfIdle ends a sleep that no goroutine needs. Called with the mutex held.
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
		// The last interrupt, as long as it can end no other wait. The next sleep has a timeout.
		interruptLog(s.handle)
	}
	s.foreign = true
}

// give returns the current channel, for a caller that does not tell when it no longer needs it.
func (s *sleeper) give() <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	changed := s.take()
	s.given = s.changed != nil
	return changed
}

// take returns the current channel, and sends the sleeper to sleep if it is awake. Called with the mutex held.
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

// sleep sleeps until something is published and notified, the log is finished, there is an interrupt, or no goroutine
// waits any more. The view is nil if there was no memory for one: then sleep closes the channel after a while, and all
// goroutines look.
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

// wait waits until look returns another status than statusTimeout, the context is done, or the handle is closed. Called
// while the handle is in use.
func (s *sleeper) wait(ctx context.Context, handle *guard, look func() Status) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Often there is something already, and no wait to prepare.
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
