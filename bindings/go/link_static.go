//go:build !atomiclog_pkgconfig

package atomiclog

// The static library of this repository, which `make lib` builds. It needs libc, which cgo links anyway.

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: ${SRCDIR}/../../target/lib/libatomic_log.a
import "C"
