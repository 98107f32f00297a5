package findings

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// mostAnnotations is how many error annotations of one step GitHub shows; it drops the others without a word.
const mostAnnotations = 10

// WriteAnnotations writes the report as workflow commands of GitHub, one a bucket that is open: they show up at the line of the program that
// found the failure. GitHub shows ten of a step, so of more the last tells how many there are.
func (r *Report) WriteAnnotations(to io.Writer) error {
	var rows []Row
	for _, row := range r.Rows() {
		if row.State != Resolved {
			rows = append(rows, row)
		}
	}
	var b strings.Builder
	for i, row := range rows {
		if i == mostAnnotations-1 && len(rows) > mostAnnotations {
			fmt.Fprintf(&b, "::error title=%s::%s\n", property(fmt.Sprintf("Terrella: %d more buckets", len(rows)-i)), data("The summary of the job lists all of them."))
			break
		}
		b.WriteString(row.annotation())
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func (row *Row) annotation() string {
	f := row.Smallest
	var props []string
	if f.Path != "" {
		props = append(props, "file="+property(f.Path))
		if f.Site.Line > 0 {
			props = append(props, fmt.Sprintf("line=%d", f.Site.Line))
		}
	}
	title := f.Test + ": " + f.label()
	if row.State != "" {
		title += " (" + string(row.State) + ")"
	}
	props = append(props, "title="+property(title))
	return fmt.Sprintf("::error %s::%s\n", strings.Join(props, ","), data(strings.TrimSpace(row.text())))
}

// data escapes the message of a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes a property of a workflow command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// largestSummary is how many bytes GitHub takes from a step: more, and it shows none of it.
const largestSummary = 1 << 20

// WriteSummary writes the report in Markdown, as the summary of a job: a table, and a section a bucket.
func (r *Report) WriteSummary(to io.Writer) error { return r.writeSummary(to, largestSummary) }

func (r *Report) writeSummary(to io.Writer, room int) error {
	rows := r.Rows()
	var b bytes.Buffer
	fmt.Fprintf(&b, "## Terrella: %s\n\n", markdown(r.summary()))
	if ran := SumRan(r.Ran); len(ran) > 0 {
		seeds := 0
		for _, x := range ran {
			seeds += x.Seeds
		}
		fmt.Fprintf(&b, "%s, %s.\n\n", count(len(ran), "test"), count(seeds, "seed"))
	}
	if len(rows) > 0 {
		b.WriteString("| state | bucket | count | test | failure | faults | where |\n| --- | --- | ---: | --- | --- | --- | --- |\n")
	}
	for _, row := range rows {
		f := row.Smallest
		state := string(row.State)
		if state == "" {
			state = "found"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %d | %s | %s | %s | %s |\n", state, row.ID, row.Count,
			markdown(f.Test), markdown(f.label()), markdown(f.faultText()), markdown(f.Where()))
	}
	const cut = "\nThe rest is left out: a summary can't be longer.\n"
	for _, row := range rows {
		if row.State == Resolved {
			continue
		}
		if section := row.section(); b.Len()+len(section)+len(cut) <= room {
			b.WriteString(section)
			continue
		}
		b.WriteString(cut)
		break
	}
	out := b.Bytes()
	if len(out) > room { // the table alone is too long: whole lines of it
		out = out[:bytes.LastIndexByte(out[:max(0, room-len(cut))], '\n')+1]
		out = append(out, cut...)
	}
	_, err := to.Write(out)
	return err
}

// section returns what the summary tells of one bucket.
func (row *Row) section() string {
	text := strings.TrimSpace(row.text())
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fmt.Sprintf("\n<details><summary><code>%s</code> %s</summary>\n\n%s\n%s\n%s\n\n</details>\n",
		row.ID, html(row.Smallest.Test+": "+row.Smallest.label()), fence, text, fence)
}

// markdown escapes text for a cell of a table.
func markdown(s string) string {
	return strings.NewReplacer("\\", `\\`, "|", `\|`, "\n", " ", "\r", " ", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
		"#", `\#`, "~", `\~`, "&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func html(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ").Replace(s)
}

// AppendSummary appends the report in Markdown to a file, which is what GITHUB_STEP_SUMMARY names.
func (r *Report) AppendSummary(name string) error {
	room := int64(largestSummary)
	if info, err := os.Stat(name); err == nil {
		room -= info.Size()
	}
	var b bytes.Buffer
	if err := r.writeSummary(&b, int(max(room, 200))); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
