package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
	"github.com/terrella-go/terrella/internal/wholefile"
)

func newView() *cobra.Command {
	var v view
	cmd := &cobra.Command{
		Use:   "view TRACE [TRACE]",
		Short: "Make the page that shows a run, or two side by side",
		Long: `View makes of a trace (what -sim.trace=FILE writes) one HTML page that shows the run: who
sent what to whom, what was lost and why, which node was down when, and what led to the failure. The page holds
all it needs: it opens from the disk, offline, and can be sent to somebody.

With two traces the page shows both, marks where they part, and the events that only one of them has.

The page is written beside the trace, or to --output. With --serve it is served to
this machine until the command is interrupted.`,
		Example: `  go test -run TestRegister -sim.seed=7 -sim.trace=run.trace ./register
  terrella view run.trace --open
  terrella view failing.trace passing.trace --output both.html
  terrella view run.trace --event 1363 --serve`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := v.page(args)
			if err != nil {
				return err
			}
			if v.serve {
				return v.serveIt(cmd, page)
			}
			return v.writeIt(cmd, page, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&v.output, "output", "o", "", "write the page to this `file`")
	f.Int64Var(&v.event, "event", -1, "begin at the event of this `number`")
	f.StringVar(&v.query, "query", "", "begin with this search, such as `'node=b kind=drop'`")
	f.BoolVar(&v.open, "open", false, "open the page in a browser")
	f.BoolVar(&v.serve, "serve", false, "serve the page to this machine instead of writing it")
	cmd.MarkFlagsMutuallyExclusive("output", "serve")
	return cmd
}

// A view is what the flags of the verb say.
type view struct {
	output, query string
	event         int64
	open, serve   bool
}

// page makes the page in memory.
func (v *view) page(names []string) ([]byte, error) {
	var runs []viewer.Named
	for _, name := range names {
		r, err := readTrace(name)
		if err != nil {
			return nil, err
		}
		if v.event >= 0 && r.At(uint64(v.event)) == nil {
			return nil, usage("%s has no event %d: it holds %d events", name, v.event, len(r.Events))
		}
		runs = append(runs, viewer.Named{Name: filepath.Base(name), Run: r})
	}
	var b bytes.Buffer
	if err := viewer.Write(&b, runs...); err != nil {
		return nil, usage("%v", err)
	}
	return b.Bytes(), nil
}

// readTrace reads a trace in either of its forms.
func readTrace(name string) (*trace.Run, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage("cannot read the trace: %v; -sim.trace=FILE makes one", err)
	}
	defer f.Close()
	r, err := trace.ReadRun(f)
	if err != nil {
		if _, failure := plan.ReadFile(name); failure == nil {
			return nil, usage("%s is a failure file, which holds no events; to record them:\n  terrella replay %s --trace run.trace", name, shell.Quote(name))
		}
		return nil, usage("%s is no trace: %v", name, err)
	}
	return r, nil
}

// link is what the flags add to the page's address.
func (v *view) link() string {
	q := url.Values{}
	if v.event >= 0 {
		q.Set("e", fmt.Sprint(v.event))
	}
	if v.query != "" {
		q.Set("q", v.query)
	}
	if len(q) == 0 {
		return ""
	}
	return "#" + q.Encode()
}

func (v *view) writeIt(cmd *cobra.Command, page []byte, beside string) error {
	name := v.output
	if name == "" {
		name = strings.TrimSuffix(beside, filepath.Ext(beside)) + ".html"
	}
	if err := wholefile.Write(name, page, 0o644); err != nil {
		return environment(fmt.Errorf("cannot write the page: %w; name another place with --output", err))
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return environment(err)
	}
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String() + v.link()
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), address); err != nil {
		return outputError(err)
	}
	if v.open {
		return openBrowser(address)
	}
	return nil
}

// serveIt serves the page on a free port until an interrupt.
func (v *view) serveIt(cmd *cobra.Command, page []byte) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return environment(err)
	}
	address := "http://" + l.Addr().String() + "/" + v.link()
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), address); err != nil {
		return outputError(err)
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write(page)
		}),
	}
	if v.open {
		if err := openBrowser(address); err != nil {
			return err
		}
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return environment(err)
	}
	return nil
}

// openBrowser opens an address the way the system does.
func openBrowser(address string) error {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.Command("open", address)
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	default:
		cmd = exec.Command("xdg-open", address)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return environment(fmt.Errorf("no browser could be opened: %w %s; open %s yourself", err, bytes.TrimSpace(out), address))
	}
	return nil
}
