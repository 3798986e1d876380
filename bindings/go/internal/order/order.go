// Package order stores what other threads read, in order: a store here is seen after everything that its goroutine wrote
// before. That is all that publishing a record needs. The stores of sync/atomic also come before what the goroutine reads
// afterwards, which costs x86 an exchange, about 3 ns; so there these are plain stores, in assembly. The processor keeps
// stores in order, and the compiler moves nothing across a call that it cannot look into.
package order
