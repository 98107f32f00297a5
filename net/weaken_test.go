package simnet

import "testing"

// cutOff reports whether a packet from a to b would be lost to a cut.
func (w *world) cutOff() bool {
	w.net.lock()
	defer w.net.unlock()
	l, err := w.net.linkNamed("a", "b")
	w.must(err)
	reason, _ := w.net.cut(l)
	return reason == LostToCut
}

// Each way to heal a cut heals it, unless cuts are kept; then each is counted.
func TestKeepCuts(t *testing.T) {
	for name, test := range map[string]struct{ cut, heal func(*world, *Overlay) }{
		"partition": {
			func(w *world, _ *Overlay) { w.must(w.net.Partition([]string{"a"}, []string{"b"})) },
			func(w *world, _ *Overlay) { w.net.Heal() }},
		"block": {
			func(w *world, _ *Overlay) { w.must(w.net.Block("a", "b")) },
			func(w *world, _ *Overlay) { w.net.Heal() }},
		"overlay healed": {
			func(w *world, o *Overlay) { _, err := o.Cut([]Cut{{"a", "b"}}); w.must(err) },
			func(w *world, o *Overlay) { o.Heal(); w.net.Heal() }},
		"overlay spared": {
			func(w *world, o *Overlay) { _, err := o.Cut([]Cut{{"a", "b"}}); w.must(err) },
			func(w *world, o *Overlay) { o.Spare([]string{"a", "b"}) }},
	} {
		for _, keep := range []bool{false, true} {
			inWorld(t, Config{}, func(w *world) {
				used := 0
				if keep {
					w.net.KeepCuts(func() { used++ })
				}
				o := NewOverlay(w.net)
				test.cut(w, o)
				if !w.cutOff() {
					w.Errorf("%s: not cut", name)
				}
				test.heal(w, o)
				if w.cutOff() != keep {
					w.Errorf("%s: cut after it was healed: %t; want %t", name, w.cutOff(), keep)
				}
				if counted := used > 0; counted != keep {
					w.Errorf("%s: counted %t; want %t", name, counted, keep)
				}
				// What else lies on a link ends all the same, and can come again.
				end, err := o.Clog([]Cut{{"a", "b"}})
				w.must(err)
				o.Heal()
				end()
				if _, err = o.Slow([]Cut{{"a", "b"}}, 2); err != nil {
					w.Errorf("%s: %v", name, err)
				}
				o.Heal()
			})
		}
	}
}

// A cut that ends by itself, as those of a storm do, is kept too.
func TestKeepCutsThatEnd(t *testing.T) {
	for _, keep := range []bool{false, true} {
		inWorld(t, Config{}, func(w *world) {
			used := 0
			if keep {
				w.net.KeepCuts(func() { used++ })
			}
			end, err := NewOverlay(w.net).Cut([]Cut{{"a", "b"}})
			w.must(err)
			end()
			if w.cutOff() != keep || (used == 1) != keep {
				w.Errorf("kept %t: cut off %t, counted %d times", keep, w.cutOff(), used)
			}
		})
	}
}
