// Package browsertest looks at the viewer's page in a real browser, headless Chromium: its tests, the
// measurement of its speed (folder measure) and the pictures of the documentation (folder pictures).
//
// It is a module of its own, so that the library does not depend on a browser's driver. Debian's package of the
// browser is chromium-headless-shell; CHROMIUM names another.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/terrella-go/terrella/internal/viewer"
)

// names of the browser, the smallest first.
var names = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

// Find returns the path of the browser.
func Find() (string, error) {
	if name := os.Getenv("CHROMIUM"); name != "" {
		return exec.LookPath(name)
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium on the path: install Debian's chromium-headless-shell, or name one in CHROMIUM")
}

// A Browser is a running Chromium.
type Browser struct {
	ctx  context.Context
	stop func()
}

// Start starts a browser, with a window of w by h pixels.
func Start(w, h int) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(w, h),
		// Nothing here has to do with the network.
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-gpu", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx, func() { cancel(); stopAllocator() }}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		b.Close()
		return nil, fmt.Errorf("the browser does not start: %w", err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.stop() }

// A Page is a tab that shows something.
type Page struct {
	ctx  context.Context
	stop func()

	mu       sync.Mutex
	messages []string
}

// Open opens an address in a tab and waits until the viewer's page is ready.
func (b *Browser) Open(address string) (*Page, error) {
	p, err := b.Tab()
	if err != nil {
		return nil, err
	}
	if err := p.Go(address); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Tab opens an empty tab. What its pages write to the console is kept.
func (b *Browser) Tab() (*Page, error) {
	ctx, cancel := chromedp.NewContext(b.ctx)
	p := &Page{ctx: ctx, stop: cancel}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		cancel()
		return nil, err
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.messages = append(p.messages, fmt.Sprint(m))
			p.mu.Unlock()
		}
	}()
	return p, nil
}

// readyTime bounds how long a page may take. On a busy machine a large run takes a while.
const readyTime = 2 * time.Minute

// Go goes to an address and waits until the page is ready, or says that it can't show its run.
func (p *Page) Go(address string) error {
	ctx, cancel := context.WithTimeout(p.ctx, readyTime)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	const ready = `new Promise((ok, no) => { const look = () => {
		if (window.terrellaReady !== undefined) return ok(true);
		const said = document.getElementById("empty")?.textContent ?? "";
		if (said.startsWith("This page cannot")) return no(new Error(said));
		setTimeout(look, 10); }; look(); })`
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](ready, chromedp.EvalAwaitPromise))
	return err
}

// Load goes to the address of some other page and waits until it is loaded.
func (p *Page) Load(address string) error {
	ctx, cancel := context.WithTimeout(p.ctx, readyTime)
	defer cancel()
	return chromedp.Do(ctx, chromedp.Navigate(address))
}

// Close closes the tab.
func (p *Page) Close() { p.stop() }

// Console returns what the page has written to the console so far.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}

// Eval returns the value of an expression, of a promise the value that it comes to.
func Eval[T any](p *Page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, readyTime)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		err = fmt.Errorf("%s: %w", expression, err)
	}
	return v, err
}

// settled is a promise of the page having drawn and written its address.
const settled = `new Promise((ok) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => ok(true))), 90))`

// Settle waits until the page has drawn what was asked of it.
func (p *Page) Settle() error {
	_, err := Eval[bool](p, settled)
	return err
}

// Keys presses keys, one after the other.
func (p *Page) Keys(keys string) error {
	if err := p.press(keys); err != nil {
		return err
	}
	return p.Settle()
}

func (p *Page) press(keys string) error { return chromedp.Do(p.ctx, chromedp.KeyEvent(keys)) }

// Click clicks on a point of the page.
func (p *Page) Click(x, y float64) error {
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)); err != nil {
		return err
	}
	return p.Settle()
}

// Media sets media features, such as prefers-color-scheme.
func (p *Page) Media(features map[string]string) error {
	var list []*emulation.MediaFeature
	for name, value := range features {
		list = append(list, &emulation.MediaFeature{Name: name, Value: value})
	}
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: list})
		return err
	}))
	if err != nil {
		return err
	}
	return p.Settle()
}

// Size sets the window's size in pixels.
func (p *Page) Size(w, h int64) error {
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(w, h)); err != nil {
		return err
	}
	return p.Settle()
}

// Screenshot returns the page as PNG.
func (p *Page) Screenshot() ([]byte, error) {
	return chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
}

// Heap returns the bytes that the page's script uses, those of its arrays included, after a collection.
func (p *Page) Heap() (float64, error) {
	usage, err := chromedp.Run(p.ctx, func(ctx context.Context, t *chromedp.Target) (runtime.GetHeapUsageResult, error) {
		if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return runtime.GetHeapUsageResult{}, err
		}
		return cdp.Call(ctx, t, runtime.GetHeapUsage, cdp.Empty{})
	})
	return usage.UsedSize + usage.BackingStorageSize + usage.EmbedderHeapUsedSize, err
}

// State is what the page says that it shows.
type State struct {
	Ready                                         bool
	Runs, Events, Selected, Hits, Shown           int
	Filter, Axis, Query, QueryError, Dark, Adress string
	Table                                         bool
	Rows                                          []string
	Drawn                                         struct {
		Events, Messages, Lost, Labels int
		Detailed                       bool
	}
	Left, Span, Scale                  float64
	Past, Future, Divergence, Suspects int
	Path, Only                         []int
}

// State returns what the page says that it shows.
func (p *Page) State() (*State, error) {
	text, err := Eval[string](p, `JSON.stringify(terrella.state())`)
	if err != nil {
		return nil, err
	}
	s := new(State)
	return s, json.Unmarshal([]byte(text), s)
}

// WritePage writes a page that shows runs into a folder and returns its address.
func WritePage(dir, name string, runs ...viewer.Named) (string, error) {
	file := filepath.Join(dir, name)
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := viewer.Write(f, runs...); err != nil {
		return "", err
	}
	return "file://" + filepath.ToSlash(file), f.Close()
}

// Problems returns the console's errors and warnings, in one text.
func (p *Page) Problems() string { return strings.Join(p.Console(), "\n") }
