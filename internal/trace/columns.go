package trace

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// The columns of a file, in their order. Numbers are varints (as encoding/binary has them), those marked
// "signed" zigzag ones.
//
//	kind         number of the kind in the header's list
//	step, at     signed, difference to the event before
//	node         text
//	incarnation, goroutine, skew
//	             signed, difference to the last event on the same node
//	cause        0 for none, else 1 and how many events ago
//	subject      0 for that of the cause; else 1 and a text
//	serial       for each subject that is not the cause's: 0 for the text alone; else it is followed by
//	             a slash and a number, and this is 1 and, zigzag, how far that is from the successor of the last such
//	             number after that text
//	shape        which attributes, by their place in the header's list
//	value        the attributes: numbers signed, texts as texts
//	attached     event (difference to the last), key (text), length
//	data         the bytes of the attachments
//	strings      all texts: length and bytes. A text elsewhere is its place here
const columnsMagic = "terrella trace 1\n"

var columnNames = [...]string{
	"kind", "step", "at", "node", "incarnation", "goroutine", "skew", "cause", "subject", "serial", "shape", "value",
	"attached", "data", "strings",
}

const (
	colKind = iota
	colStep
	colAt
	colNode
	colIncarnation
	colGoroutine
	colSkew
	colCause
	colSubject
	colSerial
	colShape
	colValue
	colAttached
	colData
	colStrings
	columnCount
)

// A header stands before the columns, as JSON after its length in four bytes, the least significant first.
type header struct {
	Meta    Meta     `json:"meta"`
	Events  int      `json:"events"`
	First   uint64   `json:"first"`
	Strings int      `json:"strings"`
	Kinds   []string `json:"kinds"`
	// Shapes holds for each the keys of the attributes. "#" before a key marks a number, "=" a text.
	Shapes      [][]string `json:"shapes"`
	Attachments int        `json:"attachments"`
	Columns     []column   `json:"columns"`
}

type column struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

// WriteColumns writes the run in its compact form: a line that says what it is, then, compressed by gzip, a header
// and the columns.
func (r *Run) WriteColumns(to io.Writer) error {
	if err := r.check(); err != nil {
		return err
	}
	if _, err := io.WriteString(to, columnsMagic); err != nil {
		return err
	}
	return r.Columns(to)
}

// Columns writes the compressed part of a file alone.
func (r *Run) Columns(to io.Writer) error {
	c := encoder{strings: make(map[string]uint64), shapes: make(map[string]uint64), serials: make(map[uint64]uint64), nodes: make(map[uint64]*lastOnNode), run: r}
	for i := range r.Events {
		c.add(&r.Events[i])
	}
	last := uint64(0)
	for _, a := range r.Attachments {
		c.number(colAttached, a.Event-last)
		c.number(colAttached, c.text(a.Key))
		c.number(colAttached, uint64(len(a.Data)))
		c.columns[colData] = append(c.columns[colData], a.Data...)
		last = a.Event
	}
	h := header{Meta: r.Meta, Events: len(r.Events), Shapes: c.shapeList, Strings: len(c.strings), Attachments: len(r.Attachments)}
	if len(r.Events) > 0 {
		h.First = r.Events[0].Number
	}
	for _, k := range Kinds() {
		h.Kinds = append(h.Kinds, k.String())
	}
	for i, name := range columnNames {
		h.Columns = append(h.Columns, column{name, len(c.columns[i])})
	}
	head, err := json.Marshal(&h)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	z.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(head))))
	z.Write(head)
	for _, col := range c.columns {
		z.Write(col)
	}
	return z.Close()
}

// An encoder collects the columns of a run.
type encoder struct {
	run       *Run
	columns   [columnCount][]byte
	strings   map[string]uint64
	shapes    map[string]uint64
	shapeList [][]string
	serials   map[uint64]uint64 // last serial by its text
	nodes     map[uint64]*lastOnNode
	step      uint64
	at        int64
}

// lastOnNode is what the columns of a node's next event are differences to.
type lastOnNode struct{ incarnation, goroutine, skew int64 }

func (c *encoder) number(col int, n uint64) {
	c.columns[col] = binary.AppendUvarint(c.columns[col], n)
}
func (c *encoder) signed(col int, n int64) { c.columns[col] = binary.AppendVarint(c.columns[col], n) }

func (c *encoder) text(s string) uint64 {
	id, ok := c.strings[s]
	if !ok {
		id = uint64(len(c.strings))
		c.strings[s] = id
		c.number(colStrings, uint64(len(s)))
		c.columns[colStrings] = append(c.columns[colStrings], s...)
	}
	return id
}

func (c *encoder) add(e *Event) {
	c.number(colKind, uint64(e.Kind))
	c.signed(colStep, int64(e.Step-c.step))
	c.signed(colAt, int64(e.At)-c.at)
	c.step, c.at = e.Step, int64(e.At)
	node := c.text(e.Node)
	c.number(colNode, node)
	last := c.nodes[node]
	if last == nil {
		last = new(lastOnNode)
		c.nodes[node] = last
	}
	c.signed(colIncarnation, int64(e.Incarnation)-last.incarnation)
	c.signed(colGoroutine, int64(e.Goroutine)-last.goroutine)
	c.signed(colSkew, int64(e.Skew)-last.skew)
	*last = lastOnNode{int64(e.Incarnation), int64(e.Goroutine), int64(e.Skew)}
	cause := (*Event)(nil)
	if e.Cause == None {
		c.number(colCause, 0)
	} else {
		c.number(colCause, 1+e.Number-e.Cause)
		cause = c.run.At(e.Cause)
	}
	if cause != nil && cause.Subject == e.Subject {
		c.number(colSubject, 0)
	} else {
		c.subject(e.Subject)
	}
	c.detail(e.Detail)
}

func (c *encoder) subject(s string) {
	text, serial, ok := splitSerial(s)
	id := c.text(text)
	c.number(colSubject, 1+id)
	if !ok {
		c.number(colSerial, 0)
		return
	}
	diff := int64(serial - c.serials[id] - 1)
	c.number(colSerial, 1+uint64(diff<<1^diff>>63))
	c.serials[id] = serial
}

// splitSerial takes the number after the last slash off a name, where it is written the way that numbers are.
func splitSerial(s string) (text string, serial uint64, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 || len(s)-i-1 > 9 {
		return s, 0, false
	}
	n, err := strconv.ParseUint(s[i+1:], 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != s[i+1:] {
		return s, 0, false
	}
	return s[:i], n, true
}

func (c *encoder) detail(attrs []Attr) {
	var key strings.Builder
	for i := range attrs {
		key.WriteString(mark(&attrs[i]))
		key.WriteByte(0)
	}
	id, ok := c.shapes[key.String()]
	if !ok {
		id = uint64(len(c.shapeList))
		c.shapes[key.String()] = id
		names := make([]string, len(attrs))
		for i := range attrs {
			names[i] = mark(&attrs[i])
		}
		c.shapeList = append(c.shapeList, names)
	}
	c.number(colShape, id)
	for i := range attrs {
		if a := &attrs[i]; a.Text != "" {
			c.number(colValue, c.text(a.Text))
		} else {
			c.signed(colValue, a.Number)
		}
	}
}

// mark is the attribute's key with the sign of its type.
func mark(a *Attr) string {
	if a.Text != "" {
		return "=" + a.Key
	}
	return "#" + a.Key
}
