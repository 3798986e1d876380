//go:build cgo

package atomiclog

import "errors"

// Status is an error of the library: one of the constants below. Compare with [errors.Is].
type Status int32

// The errors of the library. The values are C's, and never change.
const (
	// ErrNull: a required pointer is NULL. Only Adopt(nil) returns it.
	ErrNull Status = -1
	// ErrArgument: a value is not allowed, such as a capacity of 0, or a record of the wrong size.
	ErrArgument Status = -2
	// ErrHandle: not a live handle of this type.
	ErrHandle Status = -3
	// ErrNoMemory: there was no memory. The log is unchanged and usable.
	ErrNoMemory Status = -4
	// ErrClaimed: the log already has a writer.
	ErrClaimed Status = -5
	// ErrTooLarge: the record is larger than a segment, or the batch or group is larger than what the log can show.
	ErrTooLarge Status = -6
	// ErrKind: the call is for the other kind of log.
	ErrKind Status = -7
	// ErrSegmentLimit: all MaxSegments segments are in use: retained, held by readers, or part of the open group. The log
	// is unchanged and usable.
	ErrSegmentLimit Status = -8
	// ErrState: the call does not fit the handle's state, such as a commit without a reservation, or the pin of a chunk
	// whose view was refreshed.
	ErrState Status = -9
	// ErrOutOfRange: the sequence or index is not in this view.
	ErrOutOfRange Status = -10
	// ErrInternal: no function returns it, because the library cannot panic.
	ErrInternal Status = -11
	// ErrFinished: the log was finished and accepts no writer. A Wait that returns it has nothing left to read.
	ErrFinished Status = -12
	// ErrIO: the recording is incomplete. The system's reason comes with it.
	ErrIO Status = -13
)

// Statuses that are no errors.
const (
	statusOK          Status = 0
	statusUnchanged   Status = 1
	statusTimeout     Status = 3
	statusInterrupted Status = 4
	statusFinished    Status = 5
)

// waited returns what a Wait returns for a status.
func (status Status) waited() error {
	if status == statusFinished {
		return ErrFinished
	}
	return status.err()
}

// ErrClosed: the handle was closed.
var ErrClosed = errors.New("atomiclog: the handle is closed")

// Error returns what the status means, and its name in C.
func (status Status) Error() string {
	return "atomiclog: " + statusMessage(status) + " (" + statusName(status) + ")"
}

// err returns nil for a status that is no error.
func (status Status) err() error {
	if status >= statusOK {
		return nil
	}
	return status
}

// Version returns the version of the linked library, such as "0.1.0".
func Version() string {
	return version()
}
