package atomiclog

import (
	"encoding/binary"
	"maps"
	"strings"
	"testing"
)

// A reader of MCAP that knows no more than the format's page (https://mcap.dev/spec), for files in memory that have a
// chunk for each channel with messages. What is not as the page says ends the test.

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

// The numbers of a chunk, of a chunk's index and of the statistics, as the file has them. Checksum and Compression are 0,
// and an index has the map of one channel, of 10 bytes.
type (
	mcapChunk struct {
		Earliest, Latest, Uncompressed uint64
		Checksum, Compression          uint32
		Size                           uint64
	}
	mcapChunkIndex struct {
		Earliest, Latest, Begin, Length uint64
		Map                             uint32
		Channel                         uint16
		Index, IndexLength              uint64
		Compression                     uint32
		Size, Uncompressed              uint64
	}
	mcapStatistics struct {
		Messages                                uint64
		Schemas                                 uint16
		Channels, Attachments, Metadata, Chunks uint32
		Earliest, Latest                        uint64
		Counts                                  uint32 // bytes of them
	}
)

// mcapBytes are what is left of a file or of a record.
type mcapBytes struct {
	t    testing.TB
	rest string
}

func (b *mcapBytes) left() uint64 {
	return uint64(len(b.rest))
}

func (b *mcapBytes) take(size uint64) string {
	b.t.Helper()
	if size > b.left() {
		b.t.Fatalf("%d bytes are missing", size-b.left())
	}
	taken := b.rest[:size]
	b.rest = b.rest[size:]
	return taken
}

func (b *mcapBytes) number(size uint64) uint64 {
	b.t.Helper()
	var padded [8]byte
	copy(padded[:], b.take(size))
	return binary.LittleEndian.Uint64(padded[:])
}

func (b *mcapBytes) text() string {
	b.t.Helper()
	return b.take(b.number(4))
}

// is tells whether the next record is of this kind.
func (b *mcapBytes) is(kind byte) bool {
	return b.rest != "" && b.rest[0] == kind
}

// record takes a record, which is of this kind.
func (b *mcapBytes) record(kind uint64) *mcapBytes {
	b.t.Helper()
	same(b.t, b.number(1), kind)
	return &mcapBytes{b.t, b.take(b.number(8))}
}

// sameNumbers takes a struct of numbers, which is the wanted one.
func sameNumbers[T comparable](b *mcapBytes, want T) {
	b.t.Helper()
	var found T
	bytes := b.take(uint64(binary.Size(found)))
	got(binary.Decode([]byte(bytes), binary.LittleEndian, &found))(b.t)
	same(b.t, found, want)
}

// mcapTimes returns the earliest and the latest time of messages: 0 if there are none.
func mcapTimes(messages []mcapMessage) (earliest, latest uint64) {
	for index, message := range messages {
		if index == 0 || message.logTime < earliest {
			earliest = message.logTime
		}
		latest = max(latest, message.logTime)
	}
	return earliest, latest
}

func readMcap(t testing.TB, bytes []byte) *mcapFile {
	const magic = "\x89MCAP0\r\n"
	file := &mcapFile{schemas: map[uint64]mcapSchema{}, channels: map[uint64]mcapChannel{}}
	rest := &mcapBytes{t, string(bytes)}
	position := func() uint64 { return uint64(len(bytes)) - rest.left() }
	same(t, rest.take(8), magic)
	header := rest.record(0x01)
	file.profile = header.text()
	same(t, strings.HasPrefix(header.text(), "atomic-log "), true)
	same(t, header.rest, "")

	begin := position()
	for rest.is(0x03) {
		record := rest.record(0x03)
		id := record.number(2)
		same(t, id != 0, true)
		file.schemas[id] = mcapSchema{record.text(), record.text(), record.text()}
		same(t, record.rest, "")
	}
	counts := map[uint64]uint64{} // of the messages of each channel
	for rest.is(0x04) {
		record := rest.record(0x04)
		id := record.number(2)
		channel := mcapChannel{record.number(2), record.text(), record.text()}
		if _, known := file.schemas[channel.schema]; channel.schema != 0 && !known {
			t.Fatalf("channel %d has no schema", id)
		}
		file.channels[id] = channel
		counts[id] = 0
		same(t, record.number(4), 0) // metadata
		same(t, record.rest, "")
	}
	declared := string(bytes[begin:position()])

	var chunks []mcapChunkIndex
	for rest.is(0x06) {
		begin := position()
		records := rest.record(0x06)
		numbers := *records
		records.take(uint64(binary.Size(mcapChunk{})))
		size, end := records.left(), position()
		index := rest.record(0x07)
		id := index.number(2)
		same(t, index.number(4), index.left())
		var messages []mcapMessage
		for records.rest != "" {
			offset := size - records.left()
			record := records.record(0x05)
			message := mcapMessage{record.number(2), record.number(4), record.number(8), record.number(8), record.rest}
			same(t, message.channel, id)
			same(t, index.number(8), message.logTime)
			same(t, index.number(8), offset)
			messages = append(messages, message)
		}
		same(t, index.rest, "")
		if _, known := file.channels[id]; !known {
			t.Fatalf("messages have no channel: %v", messages)
		}
		earliest, latest := mcapTimes(messages)
		sameNumbers(&numbers, mcapChunk{earliest, latest, size, 0, 0, size})
		chunks = append(chunks, mcapChunkIndex{earliest, latest, begin, end - begin, 10, uint16(id), end, position() - end,
			0, size, size})
		counts[id] += uint64(len(messages))
		file.messages = append(file.messages, messages...)
	}
	same(t, rest.record(0x0f).rest, "\x00\x00\x00\x00") // no checksum

	summary := position()
	same(t, rest.take(uint64(len(declared))), declared)
	statistics := rest.record(0x0b)
	earliest, latest := mcapTimes(file.messages)
	sameNumbers(statistics, mcapStatistics{uint64(len(file.messages)), uint16(len(file.schemas)),
		uint32(len(file.channels)), 0, 0, uint32(len(chunks)), earliest, latest, uint32(10 * len(counts))})
	told := map[uint64]uint64{}
	for range counts {
		told[statistics.number(2)] = statistics.number(8)
	}
	same(t, maps.Equal(told, counts), true)
	same(t, statistics.rest, "")
	for _, chunk := range chunks {
		index := rest.record(0x08)
		sameNumbers(index, chunk)
		same(t, index.rest, "")
	}
	footer := rest.record(0x02)
	same(t, footer.number(8), summary)
	same(t, footer.rest, strings.Repeat("\x00", 12)) // no offsets of the summary's parts, no checksum
	same(t, rest.rest, magic)
	return file
}
