//go:build !cgo

package atomiclog

// Without cgo, nothing can call the library. Go leaves all other files of this package out then, so that this is the
// only error. Go also turns cgo off if it finds no C compiler.
const _ int = "atomic-log needs cgo: set CGO_ENABLED=1, and install a C compiler"
