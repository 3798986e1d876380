// Prints a mirrored log: read URL STREAM. It needs docs/WIRE.md and the package nats.go, and no library of ours:
//
//	go mod init read && go get github.com/nats-io/nats.go && go build read.go
//
// Prints a line for each record: its sequence, and its bytes in hexadecimal. It ends when the log does, and then prints
// on stderr what was lost, repeated and garbage.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
)

const begins, ends, fixed, finished = 1, 2, 4, 8

type message struct {
	flags       uint16
	origin      [16]byte
	first, lost uint64
	records     [][]byte
}

var le = binary.LittleEndian

// What is in a message of the format, or why it is none.
func parse(p []byte) (m message, err error) {
	if len(p) < 64 || !bytes.HasPrefix(p, []byte("alog")) {
		return m, errors.New("no message of a log")
	}
	if p[4] != 1 {
		return m, fmt.Errorf("version %d of the format, which this program does not know", p[4])
	}
	prefix, count, size, newest := int(p[5]), le.Uint32(p[32:]), le.Uint32(p[36:]), le.Uint32(p[56:])
	m = message{flags: le.Uint16(p[6:]), first: le.Uint64(p[24:]), lost: le.Uint64(p[40:])}
	copy(m.origin[:], p[8:])
	if prefix < 64 || prefix > len(p) || m.flags&^15 != 0 || m.origin == [16]byte{} ||
		(m.flags&fixed != 0) != (size > 0) || (count == 0) != (m.flags&finished != 0) ||
		(newest > 0 && m.flags&ends == 0) || m.lost > m.first ||
		m.first+uint64(count) < m.first {
		return m, errors.New("the prefix contradicts itself")
	}
	rest := p[prefix:]
	for i := uint32(0); i < count; i++ {
		n := size
		if size == 0 && len(rest) >= 4 {
			n, rest = le.Uint32(rest), rest[4:]
		} else if size == 0 {
			return m, errors.New("the records do not fill the message")
		}
		if uint64(n) > uint64(len(rest)) {
			return m, errors.New("the records do not fill the message")
		}
		m.records, rest = append(m.records, rest[:n]), rest[n:]
	}
	if len(rest) > 0 {
		return m, errors.New("the records do not fill the message")
	}
	return m, nil
}

// The state that the page's section "How to read" speaks of; open ends before next.
type reader struct {
	origin                  [16]byte
	next                    uint64
	open                    [][]byte
	lost, repeated, garbage uint64
	finished, ended         bool
}

func (r *reader) forget() {
	r.lost += uint64(len(r.open))
	r.open = nil
}

func (r *reader) take(payload []byte) {
	m, err := parse(payload)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skipped a message:", err)
		r.garbage++
		return
	}
	if m.origin != r.origin {
		r.forget()
		r.origin, r.next, r.finished, r.ended = m.origin, m.first-m.lost, false, false
	}
	if m.first < r.next && len(m.records) > 0 {
		known := r.next - m.first
		if known >= uint64(len(m.records)) {
			r.repeated += uint64(len(m.records))
			return
		}
		r.repeated, m.first, m.records = r.repeated+known, r.next, m.records[known:]
	}
	if m.first > r.next {
		r.forget()
		r.lost, r.next, r.ended = r.lost+m.first-r.next, m.first, false
	}
	r.next += uint64(len(m.records))
	if m.flags&begins == 0 && len(r.open) == 0 && !r.ended {
		r.lost += uint64(len(m.records))
	} else {
		r.ended = m.flags&ends != 0
		r.open = append(r.open, m.records...)
	}
	if m.flags&ends != 0 {
		for i, record := range r.open {
			fmt.Printf("%d %x\n", r.next-uint64(len(r.open)-i), record)
		}
		r.open = nil
	}
	if m.flags&finished != 0 {
		r.forget()
		r.finished = true
	}
}

func read(url, stream string) error {
	client, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer client.Close()
	js, err := client.JetStream()
	if err != nil {
		return err
	}
	info, err := js.StreamInfo(stream)
	if err != nil {
		return err
	}
	messages, err := js.SubscribeSync(info.Config.Subjects[0], nats.BindStream(stream), nats.OrderedConsumer())
	if err != nil {
		return err
	}
	r := reader{}
	for !r.finished {
		m, err := messages.NextMsgWithContext(context.Background())
		if err != nil {
			return err
		}
		r.take(m.Data)
	}
	fmt.Fprintf(os.Stderr, "%d lost, %d repeated, %d garbage\n", r.lost, r.repeated, r.garbage)
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "read URL STREAM")
		os.Exit(2)
	}
	if err := read(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
