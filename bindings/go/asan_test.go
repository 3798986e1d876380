//go:build asan

package atomiclog

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// AddressSanitizer sees what Go reads of the library's memory, and when that memory was given back. The proof is a
// program that keeps a slice for too long: AddressSanitizer must report it.
func TestSliceThatIsUsedTooLateIsReported(t *testing.T) {
	program := exec.Command(os.Args[0], "-test.run=^TestMisuseSlice$", "-test.count=1")
	program.Env = append(os.Environ(), "ATOMICLOG_MISUSE=1")
	said, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "heap-use-after-free") {
		t.Errorf("it was not reported: %v\n%s", err, said)
	}
}

func TestMisuseSlice(t *testing.T) {
	if os.Getenv("ATOMICLOG_MISUSE") == "" {
		t.Skip("a misuse on purpose, for TestSliceThatIsUsedTooLateIsReported")
	}
	log, writer := fixed(t, Options{})
	must(t, writer.Append(numbers(7, 1)))
	snapshot := got(log.Snapshot())(t)
	record := got(snapshot.Record(0))(t)
	must(t, writer.Close())
	must(t, log.Close())
	same(t, number(record), 7)
	must(t, snapshot.Close())
	t.Log(number(record))
}
