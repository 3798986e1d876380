//go:build cgo

package atomiclog

import "errors"

// Status is an error of the library: one of the constants below. Compare with [errors.Is].
type Status int32

// What the library has to say when something did not work. The values are C's, and frozen.
const (
	// ErrNull: a required pointer is NULL. Only Adopt(nil) gives it.
	ErrNull Status = -1
	// ErrArgument: a value is out of its domain, such as a capacity of zero, or a record of the wrong size.
	ErrArgument Status = -2
	// ErrHandle: not a live handle of this type.
	ErrHandle Status = -3
	// ErrNoMemory: there was no memory; the log is unchanged and usable.
	ErrNoMemory Status = -4
	// ErrClaimed: the log already has a writer.
	ErrClaimed Status = -5
	// ErrTooLarge: the record can never fit in a segment, or the batch or group not in the log.
	ErrTooLarge Status = -6
	// ErrKind: the call is for the other kind of log.
	ErrKind Status = -7
	// ErrSegmentLimit: every segment that MaxSegments allows is retained, held by readers or part of the open group; the
	// log is unchanged and usable.
	ErrSegmentLimit Status = -8
	// ErrState: the call does not fit the handle's state, such as a commit without a reservation, or the pin of a chunk
	// whose view has gone on.
	ErrState Status = -9
	// ErrOutOfRange: the sequence or index is not in this view.
	ErrOutOfRange Status = -10
	// ErrInternal is never given: the library cannot panic.
	ErrInternal Status = -11
	// ErrFinished: the log was finished. It takes no writer any more, and a Wait that returns it has seen everything.
	ErrFinished Status = -12
	// ErrIO: a recording could not be written whole; the system's reason comes with it.
	ErrIO Status = -13
)

// What is no error.
const (
	statusOK          Status = 0
	statusUnchanged   Status = 1
	statusTimeout     Status = 3
	statusInterrupted Status = 4
	statusFinished    Status = 5
)

// waited is what a Wait returns.
func (status Status) waited() error {
	if status == statusFinished {
		return ErrFinished
	}
	return status.err()
}

// ErrClosed: the handle was closed.
var ErrClosed = errors.New("atomiclog: the handle is closed")

// Error says what the status means, and its name in C.
func (status Status) Error() string {
	return "atomiclog: " + statusMessage(status) + " (" + statusName(status) + ")"
}

// err is nil for what is no error.
func (status Status) err() error {
	if status >= statusOK {
		return nil
	}
	return status
}

// Version is that of the library which is linked, such as "0.1.0".
func Version() string {
	return version()
}
