//go:build cgo

package atomiclog

import (
	"runtime"
	"sync/atomic"
	"time"
)

// guard counts the calls and loops that use a handle. Close frees nothing that they use: the last of them frees it.
// This costs a call two atomic operations. The zero guard is closed.
type guard struct {
	// Twice the number of users, plus one while the handle is open.
	state atomic.Int64
	// 1 while the handle's owner works on C's memory without a call: see inline.go.
	inside uint32
	// close closes it. The first wait makes it.
	ended atomic.Pointer[chan struct{}]
}

const (
	guardOpen = 1
	guardUser = 2
)

var closedChannel = func() <-chan struct{} {
	channel := make(chan struct{})
	close(channel)
	return channel
}()

func (g *guard) open() {
	g.state.Store(guardOpen)
}

func (g *guard) isOpen() bool {
	return g.state.Load()&guardOpen != 0
}

func (g *guard) users() int64 {
	return g.state.Load() / guardUser
}

// enter begins a use, unless the handle is closed.
func (g *guard) enter() bool {
	for {
		state := g.state.Load()
		if state&guardOpen == 0 {
			return false
		}
		if g.state.CompareAndSwap(state, state+guardUser) {
			return true
		}
	}
}

// hold begins a use within another use, which a close does not end. False: there is no other use, and the handle is
// closed.
func (g *guard) hold() bool {
	for {
		state := g.state.Load()
		if state == 0 {
			return false
		}
		if g.state.CompareAndSwap(state, state+guardUser) {
			return true
		}
	}
}

// exit ends a use. If it returns true, the caller frees the handle.
func (g *guard) exit() bool {
	return g.state.Add(-guardUser) == 0 && g.quiet()
}

// quiet waits until the owner is not inside. This takes some instructions, or a turn of the scheduler if the owner was
// stopped there. An owner never comes out if its record's memory could not be read. Then quiet gives up, and the
// collector frees the handle.
func (g *guard) quiet() bool {
	for turn := 0; atomic.LoadUint32(&g.inside) != 0; turn++ {
		switch {
		case turn < 1000:
			runtime.Gosched()
		case turn < 2000:
			time.Sleep(time.Millisecond)
		default:
			return false
		}
	}
	return true
}

// close closes the handle. If it returns true, the caller frees the handle.
func (g *guard) close() bool {
	for {
		state := g.state.Load()
		if state&guardOpen == 0 {
			return false
		}
		if g.state.CompareAndSwap(state, state-guardOpen) {
			if ended := g.ended.Load(); ended != nil {
				close(*ended)
			}
			return state == guardOpen && g.quiet()
		}
	}
}

// closing returns a channel that is closed as soon as the handle is.
func (g *guard) closing() <-chan struct{} {
	ended := g.ended.Load()
	if ended == nil {
		channel := make(chan struct{})
		ended = &channel
		if !g.ended.CompareAndSwap(nil, ended) {
			ended = g.ended.Load()
		}
	}
	// A close before the channel was made did not see the channel. A close after this look sees it.
	if !g.isOpen() {
		return closedChannel
	}
	return *ended
}
