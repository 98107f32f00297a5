package checker

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

func TestJSONRoundTrip(t *testing.T) {
	ops := registerHistory(5, 300, 3, false)
	ops[7].Outcome, ops[7].Err, ops[7].Out = OutcomeUnknown, "time-out", OpResult[int]{}
	ops[290].Outcome, ops[290].Pending, ops[290].Out, ops[290].Return = OutcomeUnknown, true, OpResult[int]{}, Stamp{}
	ops[9].Call.Step, ops[9].Call.At = 17, 1500
	var b bytes.Buffer
	if err := WriteJSON(&b, ops); err != nil {
		t.Fatal(err)
	}
	got, err := ReadJSON[Op[int], OpResult[int]](&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, ops) {
		t.Error("what was read differs from what was written")
	}
}

const (
	line0 = `{"id":0,"client":1,"in":{"kind":"write","value":3},"out":{},"outcome":"ok","call":{"order":1},"return":{"order":4}}`
	line1 = `{"id":1,"client":2,"in":{"kind":"read"},"out":{"value":3},"outcome":"ok","call":{"order":5},"return":{"order":6}}`
)

func TestDamagedJSON(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(line1, old, new, 1) }
	for _, tt := range []struct{ name, second, want string }{
		{"cut off", line1[:60], "line 2: the line is cut off"},
		{"not JSON", "hello", "line 2: invalid character 'h'"},
		{"two on a line", line1 + line1, "line 2: operation 1: something follows the operation"},
		{"unknown field", swap(`"outcome"`, `"result":1,"outcome"`), `unknown field "result"`},
		{"no id", swap(`"id":1,`, ""), "line 2: it has no id"},
		{"no client", swap(`"client":2,`, ""), "line 2: operation 1: it has no client"},
		{"no input", swap(`"in":{"kind":"read"},`, ""), "line 2: operation 1: it has no in"},
		{"no output", swap(`"out":{"value":3},`, ""), "line 2: operation 1: its outcome is ok, but it has no out"},
		{"no outcome", swap(`"outcome":"ok",`, ""), "line 2: operation 1: it has no outcome"},
		{"bad outcome", swap(`"ok"`, `"fine"`), `line 2: operation 1: unknown outcome "fine"`},
		{"no call", swap(`"call":{"order":5},`, ""), "line 2: operation 1: it has no call with an order"},
		{"no return", swap(`,"return":{"order":6}`, ""), "line 2: operation 1: its outcome is ok, but it has no return"},
		{"empty return", swap(`{"order":6}`, `{}`), "line 2: operation 1: its return has no order"},
		{"return before call", swap(`"order":6`, `"order":3`), "line 2: operation 1: returned at 3, before it was called at 5"},
		{"same id", swap(`"id":1`, `"id":0`), "line 2: operation 0: there is another operation of this number"},
		{"negative id", swap(`"id":1`, `"id":-4`), "negative operation number -4"},
		{"two open calls", swap(`"client":2`, `"client":1`)[:0] + strings.NewReplacer(`"client":2`, `"client":1`, `"order":5`, `"order":2`).Replace(line1),
			"line 2: operation 1: client 1 called it at 2 while its operation 0 was open, until 4"},
		{"wrong type", swap(`"value":3`, `"value":"three"`), "line 2: operation 1: json: cannot unmarshal string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadJSON[Op[int], OpResult[int]](strings.NewReader(line0 + "\n" + tt.second + "\n"))
			var bad *HistoryError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	if _, err := ReadJSON[Op[int], OpResult[int]](strings.NewReader(line0 + "\n\n" + line1)); err != nil {
		t.Errorf("without damage: %v", err)
	}
}

func TestDamagedJepsen(t *testing.T) {
	const call = `{:process 0, :type :invoke, :f :read, :value nil}` + "\n"
	for _, tt := range []struct{ name, text, want string }{
		{"two open calls", call + call, "line 2: operation 1: process 0 calls it while its operation 0, of line 1, is open"},
		{"completion without call", call + `{:process 3, :type :ok, :f :read, :value 1}`, "line 2: process 3 completes an operation that it did not call"},
		{"cut off", call + `{:process 0, :type :ok, :f`, "line 2: the text ends before the '}' that is due"},
		{"odd map", call + `{:process 0, :type}`, "line 2: a map ends with a key that has no value"},
		{"bad type", call + `{:process 0, :type :done, :f :read}`, "line 2: the event's :type is done"},
		{"no process", call + `{:type :ok}`, "line 2: the event has no :process"},
		{"not a map", call + `17`, "line 2: want a map, have 17"},
		{"bad value", call + `{:process 0, :type :ok, :f :read, :value "x"}`, "line 1: operation 0: want a number, have x"},
		{"bad operation", `{:process 0, :type :invoke, :f :jump, :value nil}`, `line 1: operation 0: unknown operation "jump"`},
		{"bad number", call + `{:process 0x, :type :ok}`, "line 2: bad number 0x"},
		{"string without end", call + `{:process 0, :f "abc`, "line 2: a string does not end"},
		{"vector without end", "[" + call, "line 2: the text ends before the ']' that is due"},
		{"log line cut off", "INFO  jepsen.util - 0 :invoke :read", "line 1: the line is cut off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadJepsen(strings.NewReader(tt.text), DecodeRegister(-1))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestJepsenEDN(t *testing.T) {
	const text = `; a history
[#jepsen.history.Op{:index 0, :time 1500, :type :invoke, :process 0, :f :write, :value 3}
 {:index 1 :type :info :process :nemesis :f :kill :value #{"n1" 'n2 \a}}
 {:type :invoke, :process 1, :f :cas, :value [3 4], :error #_ ignored nil}
 {:type :fail, :process 1, :f :cas, :value [3 4]}
 {:type :info, :process 0, :f :write, :value 3}
 {:type :invoke, :process 2, :f :read, :value nil}]`
	ops, err := ReadJepsen(strings.NewReader(text), DecodeRegister(-1))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"write(3) -> ? unknown false", "cas(3 => 4) -> false ok false", "read() -> ? unknown true"}
	m := Register(-1)
	for i, o := range ops {
		out := &o.Out
		if o.Outcome != OutcomeOK {
			out = nil
		}
		if got := fmt.Sprint(m.Describe(o.In, out), " ", o.Outcome, " ", o.Pending); got != want[i] {
			t.Errorf("operation %d: %s, want %s", i, got, want[i])
		}
	}
	if ops[0].Call.At != 1500 {
		t.Errorf("called at %v", ops[0].Call.At)
	}
}

// TestPorcupineMisuse checks what porcupine does not: that a history and what
// a partition function makes of it are sound.
func TestPorcupineMisuse(t *testing.T) {
	m := plainRegister()
	op := func(client int, call, ret int64) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: Op[int]{Kind: Write, Value: int(call)}, Output: OpResult[int]{}, Call: call, Return: ret}
	}
	two := []porcupine.Operation{op(1, 1, 4), op(2, 3, 6)}
	dropping, doubling := m, m
	dropping.Partition = func(h []porcupine.Operation) [][]porcupine.Operation { return [][]porcupine.Operation{h[:1]} }
	doubling.Partition = func(h []porcupine.Operation) [][]porcupine.Operation { return [][]porcupine.Operation{h, h[:1]} }
	for _, tt := range []struct {
		name    string
		m       porcupine.Model
		history []porcupine.Operation
		want    string
	}{
		{"return before call", m, []porcupine.Operation{op(1, 5, 2)}, "before it was called"},
		{"two open calls", m, []porcupine.Operation{op(1, 1, 4), op(1, 3, 6)}, "was open"},
		{"dropping partition", dropping, two, "operation 1: the model's partition function dropped it"},
		{"doubling partition", doubling, two, "more often than the history has it"},
		{"no step", porcupine.Model{Init: m.Init}, two, "lacks Init or Step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := CheckOperations(tt.m, tt.history)
			if r.Verdict != Unknown || r.Err == nil || !strings.Contains(r.Err.Error(), tt.want) {
				t.Errorf("%s: %v, want %s", r.Verdict, r.Err, tt.want)
			}
		})
	}
	if r := CheckOperations(m, two); r.Verdict != Ok {
		t.Errorf("a sound history: %s", r)
	}
}

func TestJepsenTxn(t *testing.T) {
	const text = `{:process 0 :type :invoke :f :txn :value [[:append 3 1] [:r 4 nil]]}
{:process 1 :type :invoke :f :txn :value [[:append 4 1] [:r 3 nil]]}
{:process 0 :type :ok :f :txn :value [[:append 3 1] [:r 4 []]]}
{:process 1 :type :ok :f :txn :value [[:append 4 1] [:r 3 nil]]}
{:process 2 :type :invoke :f :txn :value [[:r 3 nil] [:r 4 nil]]}
{:process 2 :type :ok :f :txn :value [[:r 3 [1]] [:r 4 [1]]]}`
	ops, err := ReadJepsen(strings.NewReader(text), DecodeTxn)
	if err != nil {
		t.Fatal(err)
	}
	r := CheckTransactions(ops, Serializable)
	if r.Verdict != Illegal || r.Anomalies[0].Class != ClassWriteSkew || r.Meets != SnapshotIsolation {
		t.Errorf("%s", r)
	}
	for _, bad := range []string{`[[:append 3]]`, `[[:r 3 [:x]]]`, `[[:jump 3 1]]`, `7`} {
		if _, err := ReadJepsen(strings.NewReader(`{:process 0 :type :invoke :f :txn :value `+bad+`}`), DecodeTxn); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
