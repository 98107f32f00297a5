package trace

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// maxColumns bounds what is read into memory of a file that may be damaged.
const maxColumns = 4 << 30

// readColumns reads a run from what WriteColumns wrote.
func readColumns(from *bufio.Reader) (*Run, error) {
	if _, err := from.Discard(len(columnsMagic)); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(from)
	if err != nil {
		return nil, fmt.Errorf("the file is cut off or damaged: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(z, maxColumns))
	if err != nil {
		return nil, fmt.Errorf("the file is cut off or damaged: %w", err)
	}
	return decode(data)
}

var errShort = errors.New("the file is damaged: a column ends too early")

func decode(data []byte) (*Run, error) {
	if len(data) < 4 || uint64(len(data)-4) < uint64(binary.LittleEndian.Uint32(data)) {
		return nil, errShort
	}
	size := binary.LittleEndian.Uint32(data)
	var h header
	if err := json.Unmarshal(data[4:4+size], &h); err != nil {
		return nil, fmt.Errorf("the file is damaged: its header: %w", err)
	}
	data = data[4+size:]
	d := decoder{header: &h}
	if len(h.Columns) != columnCount {
		return nil, fmt.Errorf("the file has %d columns, where this version knows %d", len(h.Columns), columnCount)
	}
	for i, col := range h.Columns {
		if col.Name != columnNames[i] || col.Bytes < 0 || col.Bytes > len(data) {
			return nil, fmt.Errorf("the file is damaged: column %d is %q of %d bytes", i, col.Name, col.Bytes)
		}
		d.columns[i] = data[:col.Bytes]
		data = data[col.Bytes:]
	}
	if h.Events < 0 || h.Events > len(d.columns[colKind]) {
		return nil, errShort
	}
	return d.run()
}

// A decoder takes the columns of a file apart.
type decoder struct {
	header  *header
	columns [columnCount][]byte
	strings []string
	short   bool // a column has ended too early
}

func (d *decoder) number(col int) uint64 {
	n, size := binary.Uvarint(d.columns[col])
	if size <= 0 {
		d.short = true
		return 0
	}
	d.columns[col] = d.columns[col][size:]
	return n
}

func (d *decoder) signed(col int) int64 {
	n := d.number(col)
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) bytes(col int, n uint64) []byte {
	if n > uint64(len(d.columns[col])) {
		d.short = true
		return nil
	}
	b := d.columns[col][:n:n]
	d.columns[col] = d.columns[col][n:]
	return b
}

func (d *decoder) text(id uint64) string {
	if id >= uint64(len(d.strings)) {
		d.short = true
		return ""
	}
	return d.strings[id]
}

func (d *decoder) run() (*Run, error) {
	for len(d.columns[colStrings]) > 0 && !d.short {
		d.strings = append(d.strings, string(d.bytes(colStrings, d.number(colStrings))))
	}
	kinds := make([]Kind, len(d.header.Kinds))
	for i, name := range d.header.Kinds {
		k, ok := ParseKind(name)
		if !ok {
			return nil, fmt.Errorf("the file has events of kind %q, which is unknown to this version", name)
		}
		kinds[i] = k
	}
	r := &Run{Meta: d.header.Meta, Events: make([]Event, 0, d.header.Events)}
	serials := make(map[uint64]uint64)
	nodes := make(map[uint64]*lastOnNode)
	var step, at int64
	for i := range d.header.Events {
		kind := d.number(colKind)
		if kind >= uint64(len(kinds)) {
			return nil, fmt.Errorf("the file is damaged: event %d is of kind %d", i, kind)
		}
		step += d.signed(colStep)
		at += d.signed(colAt)
		node := d.number(colNode)
		last := nodes[node]
		if last == nil {
			last = new(lastOnNode)
			nodes[node] = last
		}
		last.incarnation += d.signed(colIncarnation)
		last.goroutine += d.signed(colGoroutine)
		last.skew += d.signed(colSkew)
		e := Event{
			Number: d.header.First + uint64(i), Step: uint64(step), At: time.Duration(at), Skew: time.Duration(last.skew),
			Node: d.text(node), Incarnation: int(last.incarnation), Goroutine: uint64(last.goroutine), Kind: kinds[kind], Cause: None,
		}
		if back := d.number(colCause); back > 0 {
			e.Cause = e.Number - (back - 1)
		}
		if subject := d.number(colSubject); subject > 0 {
			e.Subject = d.subject(subject-1, serials)
		} else if cause := r.At(e.Cause); cause != nil {
			e.Subject = cause.Subject
		} else {
			d.short = true
		}
		d.detail(&e)
		if d.short {
			return nil, errShort
		}
		r.Events = append(r.Events, e)
	}
	event := uint64(0)
	for range d.header.Attachments {
		event += d.number(colAttached)
		key := d.text(d.number(colAttached))
		r.Attachments = append(r.Attachments, Attachment{event, key, d.bytes(colData, d.number(colAttached))})
		if d.short {
			return nil, errShort
		}
	}
	return r, r.check()
}

func (d *decoder) subject(text uint64, serials map[uint64]uint64) string {
	s := d.text(text)
	n := d.number(colSerial)
	if n == 0 {
		return s
	}
	n--
	serials[text] += uint64(int64(n>>1)^-int64(n&1)) + 1
	return s + "/" + strconv.FormatUint(serials[text], 10)
}

func (d *decoder) detail(e *Event) {
	shape := d.number(colShape)
	if shape >= uint64(len(d.header.Shapes)) {
		d.short = true
		return
	}
	for _, key := range d.header.Shapes[shape] {
		switch {
		case key == "":
			d.short = true
			return
		case key[0] == '=':
			e.Detail = append(e.Detail, Text(key[1:], d.text(d.number(colValue))))
		default:
			e.Detail = append(e.Detail, Number(key[1:], d.signed(colValue)))
		}
	}
}
