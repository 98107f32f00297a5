// Command terrella-nats connects `terrella fuzz --nats` with a NATS server. It is a program of its own so that
// nobody else has to build a NATS server or client.
//
//	terrella-nats queue --server URL --campaign NAME       what terrella starts: requests and replies in JSON
//	terrella-nats report --server URL --campaign NAME      what all workers have done so far
//
// With --server embedded, queue starts a server in its own process, which keeps its data in the folder --store.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/terrella-go/terrella/internal/campaign/remote"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/nats/fleet"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "terrella-nats: %v\n", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	server, store, out string
	port               int
	config             fleet.Config
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("want a command: queue or report")
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	switch args[0] {
	case "queue":
		return o.queue(ctx, in, out)
	case "report":
		return o.report(ctx, out)
	}
	return fmt.Errorf("there is no command %q; want queue or report", args[0])
}

func parse(args []string) (*options, error) {
	o := new(options)
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&o.server, "server", "", "`URL` of the NATS server, or embedded")
	flags.StringVar(&o.store, "store", "", "`folder` for the data of an embedded server")
	flags.IntVar(&o.port, "port", 0, "port of an embedded server; 0 means any")
	flags.StringVar(&o.config.Name, "campaign", "", "`name` of the campaign")
	flags.Uint64Var(&o.config.Runs, "runs", 0, "worlds of each test, if the campaign is new; 0 means no limit")
	flags.DurationVar(&o.config.Lease, "lease", 0, "after how long without a sign of life a chunk goes to another worker; the same for all (default 30s)")
	flags.StringVar(&o.out, "out", "", "put the failure files that were shared into this `folder`")
	flags.Func("seed", "the campaign's seed, if it is new", func(text string) error {
		seed, err := strconv.ParseUint(text, 0, 64)
		o.config.Seed = &seed
		return err
	})
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("what is %q for?", flags.Arg(0))
	case o.server == "":
		return nil, errors.New("--server is missing: the URL of a NATS server with JetStream, such as nats://127.0.0.1:4222")
	case o.server == "embedded" && (o.store == "" || args[0] != "queue"):
		return nil, errors.New("--server embedded is for queue, and needs --store, a folder")
	}
	return o, nil
}

// queue serves one campaign process. That there is no queue is said in the hello.
func (o *options) queue(ctx context.Context, in io.Reader, out io.Writer) error {
	// An interrupt reaches this process too, and terrella has worlds to settle then. The end of the input ends it.
	signal.Ignore(os.Interrupt)
	f, end, err := o.open(ctx)
	if err != nil {
		return remote.Serve(ctx, nil, remote.Hello{Error: err.Error()}, eof{}, out)
	}
	defer end()
	c := f.Campaign()
	return remote.Serve(ctx, f, remote.Hello{Seed: plan.Number(c.Seed), Runs: c.Runs, Server: o.config.URL}, in, out)
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (o *options) open(ctx context.Context) (*fleet.Fleet, func(), error) {
	end := func() {}
	o.config.URL = o.server
	if o.server == "embedded" {
		s, err := fleet.StartServer(o.store, o.port)
		if err != nil {
			return nil, nil, err
		}
		o.config.URL, end = s.URL(), s.Close
	}
	f, err := fleet.Open(ctx, o.config)
	if err != nil {
		end()
		return nil, nil, err
	}
	return f, func() { f.Close(); end() }, nil
}

// report prints what was done by all workers.
func (o *options) report(ctx context.Context, out io.Writer) error {
	f, end, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer end()
	totals, err := f.Totals(ctx)
	if err != nil {
		return err
	}
	failures, err := f.Failures(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "campaign %s, seed 0x%x\n", o.config.Name, f.Campaign().Seed)
	for _, t := range totals {
		fmt.Fprintf(out, "%s: %d worlds, %d failed, %d given up after they killed workers\n", t.Target, t.Worlds, t.Failed, t.GivenUp)
	}
	for _, one := range failures {
		what := "two runs of one seed differ"
		if failure := one.Answer.Failure; failure != nil {
			what, _, _ = strings.Cut(cmp.Or(failure.Property, failure.Message), "\n")
		}
		fmt.Fprintf(out, "%s: seed 0x%x: %s\n", one.Target, uint64(one.Answer.Seed), what)
	}
	if o.out == "" {
		return nil
	}
	names, err := f.Fetch(ctx, o.out)
	for _, name := range names {
		fmt.Fprintf(out, "%s\n", name)
	}
	return err
}
