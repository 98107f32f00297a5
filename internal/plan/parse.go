package plan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse returns the fault that prints as text. An error tells which word is wrong, and what was expected.
func Parse(text string) (Fault, error) {
	f, err := parse(text)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// ParseAll parses the lines of a plan.
func ParseAll(lines []string) ([]Fault, error) {
	faults := make([]Fault, 0, len(lines))
	for _, l := range lines {
		f, err := Parse(l)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// Texts returns the lines of a plan.
func Texts(faults []Fault) []string {
	lines := make([]string, len(faults))
	for i := range faults {
		lines[i] = faults[i].String()
	}
	return lines
}

// A word is a token of a fault's text. Quoted words are names, whatever they look like.
type word struct {
	text   string
	quoted bool
}

func (w word) is(s string) bool { return !w.quoted && w.text == s }

// words cuts text at spaces; a quoted word may hold them.
func words(text string) ([]word, error) {
	var out []word
	for rest := strings.TrimLeft(text, " \t"); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, errors.New("a quotation mark is not closed")
			}
			s, err := strconv.Unquote(q)
			if err != nil {
				return nil, err
			}
			out, rest = append(out, word{s, true}), rest[len(q):]
			continue
		}
		end := strings.IndexAny(rest, " \t")
		if eq := strings.Index(rest, `="`); eq >= 0 && (end < 0 || eq < end) {
			q, err := strconv.QuotedPrefix(rest[eq+1:])
			if err != nil {
				return nil, errors.New("a quotation mark is not closed")
			}
			s, err := strconv.Unquote(q)
			if err != nil {
				return nil, err
			}
			out, rest = append(out, word{text: rest[:eq+1] + s}), rest[eq+1+len(q):]
			continue
		}
		if end < 0 {
			end = len(rest)
		}
		out, rest = append(out, word{text: rest[:end]}), rest[end:]
	}
	return out, nil
}

func parse(text string) (f Fault, err error) {
	ws, err := words(text)
	if err != nil {
		return f, err
	}
	if len(ws) >= 2 && ws[0].is("inject") && strings.HasSuffix(ws[1].text, ":") {
		f.Inject, err = strconv.Atoi(strings.TrimSuffix(ws[1].text, ":"))
		if err != nil || f.Inject < 0 {
			return f, fmt.Errorf("%q is no number of a call of Inject", ws[1].text)
		}
		ws = ws[2:]
	}
	if len(ws) == 0 {
		return f, errors.New("it is empty; want a kind of fault, its victims, and when, as in \"crash b at 3.2s for 800ms\"")
	}
	f.Kind = ws[0].text
	k, err := KindNamed(f.Kind)
	if err != nil {
		return f, err
	}
	end := slices.IndexFunc(ws, func(w word) bool { return w.is("at") || w.is("for") })
	if end < 0 {
		end = len(ws)
	}
	if err := f.parseWhat(k, ws[1:end]); err != nil {
		return f, err
	}
	if err := f.parseWhen(ws[end:]); err != nil {
		return f, err
	}
	return f, f.Validate()
}

// parseWhat reads victims, amount and parameters.
func (f *Fault) parseWhat(k *Kind, ws []word) error {
	for len(ws) > 0 {
		last := ws[len(ws)-1]
		key, value, ok := strings.Cut(last.text, "=")
		if last.quoted || !ok {
			break
		}
		f.Params = slices.Insert(f.Params, 0, Param{key, value})
		ws = ws[:len(ws)-1]
	}
	if k.Amount != None {
		if len(ws) == 0 {
			return fmt.Errorf("%s wants an amount such as %s", k.Name, example[k.Amount])
		}
		if err := f.parseAmount(k.Amount, ws[len(ws)-1].text); err != nil {
			return err
		}
		ws = ws[:len(ws)-1]
	}
	separator := "|"
	if k.Victims == Ways {
		separator = "->"
	}
	if len(ws) > 0 {
		f.Groups = [][]string{nil}
	}
	for _, w := range ws {
		if w.is(separator) {
			f.Groups = append(f.Groups, nil)
			continue
		}
		last := len(f.Groups) - 1
		f.Groups[last] = append(f.Groups[last], w.text)
	}
	return nil
}

var example = map[Unit]string{Factor: "10x", Ratio: "20%", Span: "200ms", Rate: "+200ppm", Bytes: "64KB/s", Packet: "1200B", VersionN: "v2"}

func (f *Fault) parseAmount(u Unit, text string) (err error) {
	switch u {
	case Factor:
		digits, ok := strings.CutSuffix(text, "x")
		f.Amount, err = strconv.ParseInt(digits, 10, 64)
		if !ok {
			err = strconv.ErrSyntax
		}
	case Ratio:
		digits, ok := strings.CutSuffix(text, "%")
		x, e := strconv.ParseFloat(digits, 64)
		f.Amount, err = int64(math.Round(x*100)), e
		if !ok {
			err = strconv.ErrSyntax
		}
	case Span:
		var d time.Duration
		d, err = time.ParseDuration(text)
		f.Amount = int64(d)
	case Rate:
		digits, ok := strings.CutSuffix(text, "ppm")
		f.Amount, err = strconv.ParseInt(digits, 10, 64)
		if !ok {
			err = strconv.ErrSyntax
		}
	case Bytes, Packet:
		f.Amount, err = parseSize(text, u == Bytes)
	case VersionN:
		f.Params = append(f.Params, Param{"to", text})
	}
	if err != nil {
		return fmt.Errorf("%q is no amount for %s; want one such as %s", text, f.Kind, example[u])
	}
	return nil
}

func parseSize(text string, rate bool) (int64, error) {
	if rate {
		var ok bool
		if text, ok = strings.CutSuffix(text, "/s"); !ok {
			return 0, strconv.ErrSyntax
		}
	}
	for _, u := range sizes {
		if digits, ok := strings.CutSuffix(text, u.name); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			return n * u.bytes, err
		}
	}
	return 0, strconv.ErrSyntax
}

// parseWhen reads what begins with "at" or "for".
func (f *Fault) parseWhen(ws []word) error {
	take := func() word {
		if len(ws) == 0 {
			return word{}
		}
		w := ws[0]
		ws = ws[1:]
		return w
	}
	if len(ws) > 0 && ws[0].is("at") {
		take()
		w := take()
		if n, ok := parseOrdinal(w.text); ok {
			f.When.Nth, f.When.Event = n, take().text
			if len(ws) > 0 && ws[0].is("of") {
				take()
				f.When.Of = take().text
			}
			if len(ws) > 0 && ws[0].is("after") {
				take()
				if err := parseTime(take().text, &f.When.At); err != nil {
					return err
				}
			}
		} else if err := parseTime(w.text, &f.When.At); err != nil {
			return err
		}
	}
	if len(ws) > 0 && ws[0].is("for") {
		take()
		if err := parseTime(take().text, &f.For); err != nil {
			return err
		}
	}
	if len(ws) > 0 {
		return fmt.Errorf("%q is left over; want \"at\" and a time, then \"for\" and a time", ws[0].text)
	}
	return nil
}

func parseTime(text string, to *time.Duration) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no time; want one such as 3.2s or 800ms", text)
	}
	*to = d
	return nil
}

// parseOrdinal reads 1st, 2nd and so on.
func parseOrdinal(text string) (int, bool) {
	if len(text) < 3 {
		return 0, false
	}
	n, err := strconv.Atoi(text[:len(text)-2])
	return n, err == nil && n > 0 && ordinal(n) == text
}
