// Command measure opens a page with many events in headless Chromium and prints how large it is, how soon it
// is ready, how long a frame takes while the picture is panned, how long a search, and how much memory the page uses; then
// how soon a history of 5,000 operations is there, beside porcupine's own page of it:
//
//	go run ./measure            # a million events, as the documentation has it
//	go run ./measure -n 100000
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/viewer"
	"github.com/terrella-go/terrella/internal/viewer/browsertest"
)

func main() {
	n := flag.Int("n", 1_000_000, "how many `events`")
	flag.Parse()
	if err := measure(*n); err != nil {
		fmt.Fprintf(os.Stderr, "measure: %v\n", err)
		os.Exit(1)
	}
}

func measure(n int) error {
	dir, err := os.MkdirTemp("", "terrella-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	address, err := browsertest.WritePage(dir, "run.html", viewer.Named{Name: "synthetic", Run: browsertest.Synthetic(n, 1)})
	if err != nil {
		return err
	}
	info, err := os.Stat(dir + "/run.html")
	if err != nil {
		return err
	}
	fmt.Printf("page of %d events   %.2f MB, written in %.1f s\n", n, float64(info.Size())/1e6, time.Since(began).Seconds())
	b, err := browsertest.Start(1500, 900)
	if err != nil {
		return err
	}
	defer b.Close()
	var ready []float64
	var p *browsertest.Page
	for range 5 {
		if p != nil {
			p.Close()
		}
		if p, err = b.Tab(); err != nil {
			return err
		}
		if err := p.Go(address); err != nil {
			return err
		}
		// From the beginning of the navigation to the first picture.
		ms, err := browsertest.Eval[float64](p, `performance.timeOrigin ? window.terrellaDrawn : 0`)
		if err != nil {
			return err
		}
		ready = append(ready, ms)
	}
	defer p.Close()
	slices.Sort(ready)
	fmt.Printf("ready               %.0f ms, median of %d openings, from navigation to the first picture\n", ready[len(ready)/2], len(ready))
	for _, m := range []struct{ what, script string }{
		{"pan, whole run", `terrella.view.showAll(); terrella.view.zoom(1.6)`},
		{"pan, 30,000 in view", `terrella.view.focus(500, 30000)`},
		{"pan, 2,000 in view", `terrella.view.focus(500, 2000)`},
		{"pan, 200 in view", `terrella.view.focus(500, 200)`},
	} {
		frames, err := browsertest.Eval[[]float64](p, fmt.Sprintf(`(async () => {
			%s; const t = [], v = terrella.view;
			for (let k = 0; k < 120; k++) {
				v.left += v.span / 40 * (k < 60 ? 1 : -1);
				await new Promise((ok) => requestAnimationFrame(ok));
				const a = performance.now(); v.drawNow(); v.canvas.getContext("2d").getImageData(3, 3, 1, 1); t.push(performance.now() - a);
			}
			return t; })()`, m.script))
		if err != nil {
			return err
		}
		slices.Sort(frames)
		fmt.Printf("%-19s median %.1f ms, 95th percentile %.1f ms a frame\n", m.what, frames[len(frames)/2], frames[len(frames)*95/100])
	}
	for _, m := range []struct{ what, script string }{
		{"pick, with past and future", `terrella.pick(terrella.view, Math.floor(terrella.view.run.length / 2), true)`},
		{"search kind=drop node=n2", `terrella.search("kind=drop node=n2", false)`},
		{"search for a word", `terrella.search("cut off", false)`},
		{"hide the unrelated", `terrella.setFilter("past")`},
	} {
		ms, err := browsertest.Eval[float64](p, fmt.Sprintf(`(() => { const a = performance.now(); %s; return performance.now() - a; })()`, m.script))
		if err != nil {
			return err
		}
		fmt.Printf("%-27s %.0f ms\n", m.what, ms)
	}
	heap, err := p.Heap()
	if err != nil {
		return err
	}
	fmt.Printf("heap                %.0f MB, arrays included, after a collection\n", heap/1e6)
	return compareHistories(b, dir, 5000)
}
