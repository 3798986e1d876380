//go:build race

package atomiclog

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The race detector does not see C. But it sees two goroutines in one writer, a refresh beside a reader, and the use of
// a chunk beside its end. The proof are programs that do this: the race detector must report them.
func TestMisuseIsReported(t *testing.T) {
	if os.Getenv("ATOMICLOG_MISUSE") != "" {
		t.Skip("within the program that is watched")
	}
	for _, misuse := range []string{"Writer", "Refresh", "Chunk"} {
		program := exec.Command(os.Args[0], "-test.run=^TestMisuse"+misuse+"$", "-test.count=1")
		program.Env = append(os.Environ(), "ATOMICLOG_MISUSE=1", "GORACE=exitcode=66")
		said, err := program.CombinedOutput()
		if err == nil || !strings.Contains(string(said), "DATA RACE") {
			t.Errorf("%s: no race was reported: %v\n%s", misuse, err, said)
		}
	}
}

// both runs two functions in no fixed order. They must break nothing, whichever comes first.
func both(t *testing.T, first, second func()) {
	if os.Getenv("ATOMICLOG_MISUSE") == "" {
		t.Skip("a misuse on purpose, for TestMisuseIsReported")
	}
	finished, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		<-told
		second()
	}()
	close(told)
	first()
	<-finished
}

func TestMisuseWriter(t *testing.T) {
	// Calls of a closed writer do not reach C.
	writer := &Writer{recordSize: 8}
	both(t, func() { is(t, writer.Append(numbers(0, 1)), ErrClosed) }, func() { is(t, writer.Publish(), ErrClosed) })
}

func TestMisuseRefresh(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	snapshot := got(log.Snapshot())(t)
	defer snapshot.Close()
	must(t, writer.AppendBatch(numbers(0, 10)))
	both(t, func() { got(snapshot.Refresh())(t) }, func() { snapshot.Len() })
}

func TestMisuseChunk(t *testing.T) {
	log, writer := fixed(t, Options{})
	must(t, writer.AppendBatch(numbers(0, 10)))
	snapshot := got(log.Snapshot())(t)
	chunk := got(snapshot.Chunk(0))(t)
	both(t, func() { snapshot.Close() }, func() {
		if segment, err := chunk.Pin(); err == nil {
			segment.Close()
		}
	})
}
