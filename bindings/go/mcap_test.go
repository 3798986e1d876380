package atomiclog

import (
	"encoding/binary"
	"strings"
	"testing"
)

// A reader of MCAP for files in memory, made from the format's page alone (https://mcap.dev/spec). Whatever differs
// from the page ends the test.

type mcapSchema struct{ name, encoding, text string }

type mcapChannel struct {
	schema                 uint64 // 0: none
	topic, messageEncoding string
}

type mcapMessage struct {
	channel, sequence, logTime, publishTime uint64
	data                                    string
}

type mcapFile struct {
	profile  string
	schemas  map[uint64]mcapSchema
	channels map[uint64]mcapChannel
	messages []mcapMessage
}

// mcapBytes are what is left of a file or of a record.
type mcapBytes struct {
	t    testing.TB
	rest string
}

func (b *mcapBytes) take(size uint64) string {
	if size > uint64(len(b.rest)) {
		b.t.Fatalf("%d bytes are missing", size-uint64(len(b.rest)))
	}
	taken := b.rest[:size]
	b.rest = b.rest[size:]
	return taken
}

func (b *mcapBytes) number(size uint64) uint64 {
	var padded [8]byte
	copy(padded[:], b.take(size))
	return binary.LittleEndian.Uint64(padded[:])
}

func (b *mcapBytes) text() string {
	return b.take(b.number(4))
}

func (b *mcapBytes) record() (kind uint64, content *mcapBytes) {
	kind = b.number(1)
	return kind, &mcapBytes{b.t, b.take(b.number(8))}
}

func readMcap(t testing.TB, bytes []byte) *mcapFile {
	t.Helper()
	const magic = "\x89MCAP0\r\n"
	file := &mcapFile{schemas: map[uint64]mcapSchema{}, channels: map[uint64]mcapChannel{}}
	rest := &mcapBytes{t, string(bytes)}
	same(t, rest.take(8), magic)
	kind, header := rest.record()
	same(t, kind, 0x01)
	file.profile = header.text()
	same(t, strings.HasPrefix(header.text(), "atomic-log "), true)
	same(t, header.rest, "")
	for {
		kind, record := rest.record()
		switch kind {
		case 0x03:
			id := record.number(2)
			file.schemas[id] = mcapSchema{record.text(), record.text(), record.text()}
		case 0x04:
			id := record.number(2)
			channel := mcapChannel{record.number(2), record.text(), record.text()}
			if _, known := file.schemas[channel.schema]; channel.schema != 0 && !known {
				t.Fatalf("channel %d has no schema", id)
			}
			file.channels[id] = channel
			same(t, record.number(4), 0) // metadata
		case 0x05:
			message := mcapMessage{record.number(2), record.number(4), record.number(8), record.number(8), ""}
			message.data = record.take(uint64(len(record.rest)))
			if _, known := file.channels[message.channel]; !known {
				t.Fatalf("a message has no channel: %v", message)
			}
			file.messages = append(file.messages, message)
		case 0x0f:
			same(t, record.number(4), 0) // no checksum
			same(t, record.rest, "")
			kind, footer := rest.record()
			same(t, kind, 0x02)
			same(t, footer.rest, strings.Repeat("\x00", 20)) // no summary
			same(t, rest.rest, magic)
			return file
		default:
			t.Fatalf("a record of kind %d", kind)
		}
		same(t, record.rest, "")
	}
}
