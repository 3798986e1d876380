//go:build atomiclog_pkgconfig

package atomiclog

// The library that pkg-config knows as atomic_log.

// #cgo pkg-config: atomic_log
import "C"
