package checker

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Keyword is an EDN keyword, without its colon.
type Keyword string

// An ednMap is an EDN map, in the order of the text.
type ednMap []ednPair

type ednPair struct{ key, value any }

func (m ednMap) get(key Keyword) (any, bool) {
	for _, p := range m {
		if p.key == any(key) {
			return p.value, true
		}
	}
	return nil, false
}

// An ednReader reads values of Clojure's data notation: nil, booleans, numbers,
// strings, characters, keywords, symbols (as strings), vectors, lists and sets (as
// []any) and maps. Tags are dropped and their values kept.
type ednReader struct {
	text string
	at   int
	line int
}

func (r *ednReader) errorf(format string, args ...any) error {
	return &HistoryError{Op: -1, Line: r.line, Problem: fmt.Sprintf(format, args...)}
}

// skip skips what lies between values.
func (r *ednReader) skip() {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '\n':
			r.line++
		case c == ';':
			if end := strings.IndexByte(r.text[r.at:], '\n'); end >= 0 {
				r.at += end
			} else {
				r.at = len(r.text)
			}
			continue
		case c != ',' && c != ' ' && c != '\t' && c != '\r':
			return
		}
		r.at++
	}
}

func (r *ednReader) end() bool {
	r.skip()
	return r.at >= len(r.text)
}

// value reads the next value.
func (r *ednReader) value() (any, error) {
	if r.end() {
		return nil, r.errorf("the text ends in the middle of a value")
	}
	c := r.text[r.at]
	switch c {
	case '(', '[':
		r.at++
		return r.list(map[byte]byte{'(': ')', '[': ']'}[c])
	case '{':
		r.at++
		return r.mapping()
	case ')', ']', '}':
		return nil, r.errorf("unexpected %q", c)
	case '"':
		return r.quoted()
	case '\\':
		r.at++
		_, size := utf8.DecodeRuneInString(r.text[r.at:])
		start := r.at
		r.at += size
		r.token()
		return r.text[start:r.at], nil
	case ':':
		r.at++
		return Keyword(r.token()), nil
	case '#':
		return r.dispatch()
	}
	return r.atom()
}

func (r *ednReader) list(closing byte) ([]any, error) {
	list := []any{}
	for {
		if r.end() {
			return nil, r.errorf("the text ends before the %q that is due", closing)
		}
		if r.text[r.at] == closing {
			r.at++
			return list, nil
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (r *ednReader) mapping() (any, error) {
	list, err := r.list('}')
	if err != nil {
		return nil, err
	}
	if len(list)%2 == 1 {
		return nil, r.errorf("a map ends with a key that has no value")
	}
	m := make(ednMap, 0, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		m = append(m, ednPair{list[i], list[i+1]})
	}
	return m, nil
}

// dispatch reads what begins with #: a set, a value to be ignored, a tagged value.
func (r *ednReader) dispatch() (any, error) {
	r.at++
	switch {
	case strings.HasPrefix(r.text[r.at:], "{"):
		r.at++
		return r.list('}')
	case strings.HasPrefix(r.text[r.at:], "_"):
		r.at++
		if _, err := r.value(); err != nil {
			return nil, err
		}
		return r.value()
	}
	if r.token() == "" {
		return nil, r.errorf("# without a tag")
	}
	return r.value()
}

func (r *ednReader) quoted() (any, error) {
	for end := r.at + 1; end < len(r.text); end++ {
		switch r.text[end] {
		case '\\':
			end++
		case '"':
			text := r.text[r.at : end+1]
			s, err := strconv.Unquote(strings.ReplaceAll(text, "\n", `\n`))
			if err != nil {
				return nil, r.errorf("bad string %s", text)
			}
			r.line += strings.Count(text, "\n")
			r.at = end + 1
			return s, nil
		}
	}
	return nil, r.errorf("a string does not end")
}

// token reads up to the next delimiter.
func (r *ednReader) token() string {
	start := r.at
	for r.at < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		if unicode.IsSpace(c) || strings.ContainsRune(",;()[]{}\"", c) {
			break
		}
		r.at += size
	}
	return r.text[start:r.at]
}

func (r *ednReader) atom() (any, error) {
	token := r.token()
	switch token {
	case "nil":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		return nil, r.errorf("unexpected %q", r.text[r.at])
	}
	if c := strings.TrimLeft(token, "+-"); c == "" || c[0] < '0' || c[0] > '9' {
		return token, nil // a symbol
	}
	if n, err := strconv.ParseInt(strings.TrimSuffix(token, "N"), 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(token, "M"), 64)
	if err != nil {
		return nil, r.errorf("bad number %s", token)
	}
	return f, nil
}
