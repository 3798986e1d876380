package atomiclog

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	modelSeed  = flag.Uint64("seed", 0, "the first seed of TestModel")
	modelSeeds = flag.Uint64("seeds", 40, "how many seeds TestModel runs")
)

// model tells what a log must be like: everything that was ever published, as plain Go.
type model struct {
	t       *testing.T
	random  *rand.Rand
	options Options
	log     *Log
	writer  *Writer

	published [][]byte
	group     [][]byte
	open      bool
	latest    Range

	views   []*modelView
	cursors []*modelCursor
	pins    []*modelPin
}

type modelView struct {
	snapshot     *Snapshot
	held, latest Range
}

type modelCursor struct {
	cursor   *Cursor
	position uint64
	end      uint64
	lost     uint64
}

type modelPin struct {
	segment    *Segment
	first, end uint64
}

// Random operations on a log, compared with the model after each.
func TestModel(t *testing.T) {
	for seed := *modelSeed; seed < *modelSeed+*modelSeeds; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			m := newModel(t, rand.New(rand.NewPCG(seed, 1)))
			for range 400 {
				m.step()
			}
			m.close()
		})
	}
}

func newModel(t *testing.T, random *rand.Rand) *model {
	m := &model{t: t, random: random}
	if random.IntN(2) == 0 {
		m.options = Options{RetainedCapacity: 1 + random.Uint64N(60), SegmentCapacity: 1 + random.Uint64N(12),
			RecordSize: 1 + random.Uint64N(24), RecordAlign: 1 << random.IntN(5)}
		m.log = got(NewFixed(m.options))(t)
	} else {
		m.options = Options{RetainedCapacity: 1 + random.Uint64N(4000), SegmentCapacity: 256 + random.Uint64N(1000)}
		m.log = got(NewBytes(m.options))(t)
	}
	m.writer = got(m.log.Writer())(t)
	return m
}

func (m *model) record() []byte {
	size := m.options.RecordSize
	if size == 0 {
		size = m.random.Uint64N(64)
	}
	record := make([]byte, size)
	for index := range record {
		record[index] = byte(m.random.Uint32())
	}
	return record
}

func (m *model) records(limit int) [][]byte {
	records := make([][]byte, m.random.IntN(limit))
	for index := range records {
		records[index] = m.record()
	}
	return records
}

// appended notes that the log took records, or checks that it had a good reason to refuse all of them.
func (m *model) appended(records [][]byte, err error) {
	m.t.Helper()
	if err == ErrTooLarge && len(records)+len(m.group) > 1 {
		return // more than the log can show at once
	}
	must(m.t, err)
	if m.open {
		m.group = append(m.group, records...)
	} else {
		m.publish(records)
	}
}

func (m *model) publish(records [][]byte) {
	if len(records) > 0 {
		end := uint64(len(m.published))
		m.latest = Range{end, end + uint64(len(records))}
		m.published = append(m.published, records...)
	}
}

func (m *model) step() {
	t, random, writer := m.t, m.random, m.writer
	switch random.IntN(22) {
	case 0, 1, 2:
		record := m.record()
		m.appended([][]byte{record}, writer.Append(record))
	case 3, 4, 5:
		records := m.records(20)
		data := bytes.Join(records, nil)
		switch {
		case m.options.RecordSize != 0:
			m.appended(records, writer.AppendBatch(data))
		case random.IntN(2) == 0:
			m.appended(records, writer.AppendSlices(records))
		default:
			sizes := make([]uint32, len(records))
			for index, record := range records {
				sizes[index] = uint32(len(record))
			}
			m.appended(records, writer.AppendPacked(data, sizes))
		}
	case 6:
		m.reserve()
	case 7:
		if !m.open {
			must(t, writer.Begin())
			m.open = true
		}
	case 8, 9:
		if m.open {
			must(t, writer.Publish())
			m.publish(m.group)
		} else {
			is(t, writer.Publish(), ErrState)
		}
		m.open, m.group = false, nil
	case 10:
		if m.open && random.IntN(2) == 0 {
			must(t, writer.Abandon())
			m.open, m.group = false, nil
		}
	case 11:
		// The next writer continues where this one stopped, and an open group is abandoned.
		if random.IntN(4) == 0 {
			must(t, writer.Close())
			m.writer = got(m.log.Writer())(t)
			m.open, m.group = false, nil
		}
	case 12:
		m.views = append(m.views, &modelView{snapshot: got(m.log.Snapshot())(t), latest: m.latest, held: m.fresh()})
	case 13, 14:
		if len(m.views) > 0 {
			m.refresh(m.views[random.IntN(len(m.views))])
		}
	case 15:
		if len(m.views) > 0 {
			index := random.IntN(len(m.views))
			must(t, m.views[index].snapshot.Close())
			m.views = append(m.views[:index], m.views[index+1:]...)
		}
	case 16:
		m.openCursor()
	case 17, 18, 19:
		if len(m.cursors) > 0 {
			m.useCursor(m.cursors[random.IntN(len(m.cursors))])
		}
	case 20:
		if len(m.cursors) > 3 {
			must(t, m.cursors[0].cursor.Close())
			m.cursors = m.cursors[1:]
		}
	case 21:
		if len(m.pins) > 5 {
			must(t, m.pins[0].segment.Close())
			m.pins = m.pins[1:]
		} else {
			must(t, writer.Trim())
		}
	}
	same(t, m.writer.NextSequence(), uint64(len(m.published)+len(m.group)))
	m.check()
}

func (m *model) reserve() {
	if m.options.RecordSize == 0 {
		record := m.record()
		room, err := m.writer.Reserve(len(record) + m.random.IntN(10))
		if err == nil {
			err = m.writer.Commit(copy(room.Data, record))
		}
		m.appended([][]byte{record}, err)
		return
	}
	room, err := m.writer.Reserve(1 + m.random.IntN(10))
	if err != nil {
		m.appended([][]byte{nil}, err)
		return
	}
	if m.random.IntN(4) == 0 {
		must(m.t, m.writer.Cancel())
		return
	}
	var records [][]byte
	for index := range m.random.IntN(room.Records + 1) {
		record := m.record()
		copy(room.Data[index*room.Stride:], record)
		records = append(records, record)
	}
	m.appended(records, m.writer.Commit(len(records)))
}

// fresh checks what a new view of the log shows: it ends with what was published last, and holds what it must.
func (m *model) fresh() Range {
	m.t.Helper()
	held := got(m.log.Range())(m.t)
	same(m.t, held.End, uint64(len(m.published)))
	if m.latest.Begin < held.Begin {
		m.t.Fatalf("the log holds %v, and half of the latest publication, %v", held, m.latest)
	}
	if m.options.RecordSize != 0 {
		if held.Len() < min(held.End, m.options.RetainedCapacity) {
			m.t.Fatalf("the log holds %v, less than the %d that are retained", held, m.options.RetainedCapacity)
		}
	}
	return held
}

func (m *model) refresh(view *modelView) {
	old := view.held
	view.held, view.latest = m.fresh(), m.latest
	first := max(old.End, view.held.Begin)
	same(m.t, got(view.snapshot.Refresh())(m.t), Delta{first, view.held.End - first, first - old.End})
	if view.held.Begin < old.Begin {
		m.t.Fatalf("the log went back from %v to %v", old, view.held)
	}
}

func (m *model) openCursor() {
	held := m.fresh()
	cursor := &modelCursor{position: held.Begin, end: held.End}
	switch m.random.IntN(3) {
	case 0:
		cursor.cursor = got(m.log.Cursor(Oldest))(m.t)
	case 1:
		cursor.cursor = got(m.log.Cursor(Next))(m.t)
		cursor.position = held.End
	default:
		if len(m.views) == 0 {
			return
		}
		view := m.views[m.random.IntN(len(m.views))]
		cursor.cursor = got(view.snapshot.Cursor())(m.t)
		cursor.position, cursor.end = view.held.Begin, view.held.End
	}
	m.cursors = append(m.cursors, cursor)
}

func (m *model) useCursor(c *modelCursor) {
	t := m.t
	if m.random.IntN(2) == 0 {
		held := m.fresh()
		first := max(c.position, held.Begin)
		same(t, got(c.cursor.Refresh())(t), Delta{first, held.End - first, first - c.position})
		c.lost += first - c.position
		c.position, c.end = first, held.End
	}
	// Reads on, and stops anywhere.
	stop := c.position + m.random.Uint64N(c.end-c.position+2)
	if m.random.IntN(2) == 0 {
		for sequence, record := range c.cursor.Records() {
			m.equal(sequence, c.position, record)
			c.position++
			if c.position >= stop {
				break
			}
		}
	} else {
		for chunk := range c.cursor.Chunks() {
			same(t, chunk.First(), c.position)
			for sequence, record := range chunk.Records() {
				m.equal(sequence, c.position, record)
				c.position++
			}
			same(t, chunk.End(), c.position)
			if m.random.IntN(8) == 0 {
				m.pins = append(m.pins, &modelPin{got(chunk.Pin())(t), chunk.First(), chunk.End()})
			}
			if c.position >= stop {
				break
			}
		}
	}
	if m.random.IntN(4) == 0 && c.cursor.Seek(c.position) != nil {
		t.Fatalf("the cursor cannot go to %d, where it is", c.position)
	}
	is(t, c.cursor.Seek(c.end+1), ErrOutOfRange)
	same(t, c.cursor.Position(), c.position)
	same(t, c.cursor.Lost(), c.lost)
	if c.position > c.end {
		t.Fatalf("the cursor read to %d, beyond its view's end, %d", c.position, c.end)
	}
}

func (m *model) equal(sequence, want uint64, record []byte) {
	m.t.Helper()
	same(m.t, sequence, want)
	if !bytes.Equal(record, m.published[sequence]) {
		m.t.Fatalf("record %d is %x, not %x", sequence, record, m.published[sequence])
	}
}

// check reads everything that is held: it shows what it showed when it was taken.
func (m *model) check() {
	m.t.Helper()
	m.fresh()
	for _, view := range m.views {
		snapshot := view.snapshot
		same(m.t, snapshot.Range(), view.held)
		if view.latest.Len() > 0 {
			same(m.t, snapshot.Latest(), view.latest)
		}
		next := view.held.Begin
		for sequence, record := range snapshot.Records() {
			m.equal(sequence, next, record)
			next++
		}
		same(m.t, next, view.held.End)
		if held := view.held.Len(); held > 0 {
			sequence := view.held.Begin + m.random.Uint64N(held)
			m.equal(sequence, sequence, got(snapshot.Record(sequence))(m.t))
			for at := range snapshot.RecordsFrom(sequence) {
				same(m.t, at, sequence)
				break
			}
			chunk, place, err := snapshot.Find(sequence)
			must(m.t, err)
			found := got(snapshot.Chunk(chunk))(m.t)
			same(m.t, found.First()+uint64(place), sequence)
			m.equal(sequence, sequence, found.At(place))
			next, end := sequence, sequence+m.random.Uint64N(view.held.End-sequence+1)
			for chunk := range got(snapshot.ChunksIn(Range{sequence, end}))(m.t) {
				same(m.t, chunk.First(), next)
				for at, record := range chunk.Records() {
					m.equal(at, next, record)
					next++
				}
			}
			same(m.t, next, end)
		}
	}
	for _, pin := range m.pins {
		next := pin.first
		for sequence, record := range pin.segment.Chunk().Records() {
			m.equal(sequence, next, record)
			next++
		}
		same(m.t, next, pin.end)
	}
}

func (m *model) close() {
	for _, view := range m.views {
		must(m.t, view.snapshot.Close())
	}
	for _, cursor := range m.cursors {
		must(m.t, cursor.cursor.Close())
	}
	for _, pin := range m.pins {
		must(m.t, pin.segment.Close())
	}
	if m.random.IntN(2) == 0 {
		must(m.t, m.writer.Close())
	} else {
		must(m.t, m.writer.Finish())
		same(m.t, m.log.Finished(), true)
	}
	stats := got(m.log.Stats())(m.t)
	same(m.t, stats.RecordsAppended, uint64(len(m.published)))
	same(m.t, stats.SnapshotsLive, 0)
	same(m.t, stats.SegmentPinsLive, 0)
	must(m.t, m.log.Close())
}
