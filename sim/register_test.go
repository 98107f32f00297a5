package sim_test

import (
	"context"
	"encoding/gob"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/sim"
)

// A register server that keeps its value in memory: after a crash it has forgotten it.
func forgetful(ctx context.Context, n *sim.Node) error {
	l, err := n.Net().Listen("tcp", ":80")
	if err != nil {
		return err
	}
	value := 0
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		var op checker.Op[int]
		if gob.NewDecoder(conn).Decode(&op) == nil {
			if op.Kind == checker.Write {
				value = op.Value
			}
			gob.NewEncoder(conn).Encode(checker.OpResult[int]{Value: value})
		}
		conn.Close()
	}
}

// askRegister has the register carry out one operation.
func askRegister(n *sim.Node, op checker.Op[int]) (result checker.OpResult[int], err error) {
	conn, err := n.Net().Dial("tcp", "register:80")
	if err != nil {
		return result, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if err := gob.NewEncoder(conn).Encode(op); err != nil {
		return result, err
	}
	err = gob.NewDecoder(conn).Decode(&result)
	if op.Kind == checker.Write {
		result.Value = 0
	}
	return result, err
}

func registerWorld(crash bool) func(*sim.World) {
	return func(w *sim.World) {
		server := w.Node("register", forgetful)
		var h checker.History[checker.Op[int], checker.OpResult[int]]
		for client := range 3 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				rng := w.Rand(n.Name())
				for i := 1; ctx.Err() == nil; i++ {
					op := checker.Op[int]{Kind: checker.Read}
					if rng.IntN(2) == 0 {
						op = checker.Op[int]{Kind: checker.Write, Value: client*1000 + i}
					}
					h.Do(client, op, func() (checker.OpResult[int], error) { return askRegister(n, op) })
					time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond)
				}
			})
		}
		if crash {
			time.AfterFunc(5*time.Second, server.Restart)
		}
		w.Run(10 * time.Second)
		checker.Linearizable(w, checker.Register(0), &h)
	}
}

func TestRegisterIsLinearizable(t *testing.T) {
	sim.Test(t, registerWorld(false))
}

// TestForgetfulRegister fails when it is told to, for TestForgottenWriteIsFound to look at.
func TestForgetfulRegister(t *testing.T) {
	sim.Test(t, registerWorld(os.Getenv("TERRELLA_PLANT_CRASH") != ""))
}

func TestForgottenWriteIsFound(t *testing.T) {
	out, code := goTest(t, []string{"TERRELLA_PLANT_CRASH=1"}, "-run=^TestForgetfulRegister$", "register_test.go", "node_test.go", "plain_test.go")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	wantAll(t, out, "failed at seed 0x", "stale read on the register: read() -> 0")
	if !strings.Contains(out, "virtual time 10s") {
		t.Errorf("the history is judged at ten seconds:\n%s", out)
	}
}
