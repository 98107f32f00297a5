package shrink

import (
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// milder returns settings that say less, or that promise more: without each of the parameters, with a file system and a drive that keep more
// of what was not synced, the mildest first, and with shorter times.
func milder(f plan.Fault) []plan.Fault {
	var out []plan.Fault
	add := func(i int, value string) {
		w := f.Clone()
		if value == "" {
			w.Params = slices.Delete(w.Params, i, i+1)
		} else {
			w.Params[i].Value = value
		}
		if w.Validate() == nil {
			out = append(out, w)
		}
	}
	for i := range f.Params {
		add(i, "")
	}
	for i, p := range f.Params {
		switch p.Key {
		case "fs":
			for _, fs := range plan.FileSystems[:max(slices.Index(plan.FileSystems, p.Value), 0)] {
				add(i, fs)
			}
		case "drive":
			if mildest := plan.Drives[0]; p.Value != mildest {
				add(i, mildest)
			}
		default:
			d, err := time.ParseDuration(p.Value)
			if err != nil {
				continue
			}
			for _, by := range []time.Duration{8, 2} {
				if less := roundTo(d/by, 100*time.Microsecond); less > 0 && less < d {
					add(i, less.String())
				}
			}
		}
	}
	return out
}
