package sim

import (
	"bufio"
	"os"
)

// writeTrace writes the events of a world to the file of -sim.trace.
func (r *runner) writeTrace(o *outcome) {
	r.t.Helper()
	if options.trace == "" {
		return
	}
	if err := writeEvents(options.trace, o.world); err != nil {
		r.t.Errorf("sim: cannot write the trace: %v", err)
	}
}

func writeEvents(name string, w *World) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := bufio.NewWriter(f)
	for e := range w.log.Events() {
		line, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		buf.Write(line)
		buf.WriteByte('\n')
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	return f.Close()
}
