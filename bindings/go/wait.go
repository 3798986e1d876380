package atomiclog

import (
	"context"
	"time"
)

// How long a cancellation waits before it interrupts again those who may not have been asleep the first time.
const (
	firstPause   = 20 * time.Microsecond
	longestPause = 10 * time.Millisecond
)

// wait sleeps in C until there is something newer, or the context is done.
//
// A context has no way into a sleep in C but an interrupt, which ends all waits of the log: who was not meant goes back to
// sleep. And an interrupt ends no wait that begins after it, so one that comes when the goroutine has asked its context,
// but is not asleep yet, would be lost: it is repeated until the wait is over. A deadline needs none: the sleep has it.
func wait(ctx context.Context, log cLog, sleep func(timeout uint64) Status) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Often there is something, and nothing to prepare.
	if status := sleep(0); status != statusTimeout {
		return status.err()
	}
	deadline, limited := ctx.Deadline()
	if ctx.Done() != nil {
		over, ended := make(chan struct{}), make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(ended)
			if limited && !time.Now().Before(deadline) {
				return
			}
			for pause := firstPause; ; pause = min(2*pause, longestPause) {
				interruptLog(log)
				select {
				case <-over:
					return
				case <-time.After(pause):
				}
			}
		})
		// Nothing uses the log after the return, so that the caller may close what keeps it.
		defer func() {
			close(over)
			if !stop() {
				<-ended
			}
		}()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		timeout := waitForever
		if limited {
			left := time.Until(deadline)
			if left <= 0 {
				return context.DeadlineExceeded
			}
			timeout = uint64(left)
		}
		if status := sleep(timeout); status != statusTimeout && status != statusInterrupted {
			return status.err()
		}
	}
}
