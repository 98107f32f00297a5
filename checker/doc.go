// Package checker judges histories: records of what many clients asked of a
// system at the same time and what they were answered. It says whether there is
// an explanation of the answers in which the system behaves like a simple
// sequential object, or like transactions one after the other, and if there is none,
// why not.
//
//	var h checker.History[checker.Op[int], checker.OpResult[int]]
//	// in each client:
//	h.Do(client, op, func() (checker.OpResult[int], error) { return db.Do(ctx, op) })
//	// when all is over:
//	checker.Linearizable(t, checker.KeyValue[int](), &h)
//
// It needs no simulator: histories may come from a world, from a test with real
// goroutines, or from production by way of a file ([ReadJSON], [ReadJepsen]).
//
// # Terms
//
// An operation has a call and a return; operations that overlap are concurrent, and so are
// those that touch, if their stamps are equal. Its outcome is ok (there is an
// output), failed (it certainly did nothing), or unknown (it may have taken effect,
// may still, or never will). The difference between the last two matters: a
// time-out taken for a failure makes a correct system look wrong, and a refusal taken
// for unknown makes checking harder. See [Failed].
//
// A [Model] is a sequential specification. A history is linearizable (Herlihy and
// Wing, 1990) if each operation can be given one moment between its call and its
// return such that, in the order of these moments, the model gives the same outputs.
// Operations of unknown outcome may be given a moment after their call, or none.
// A linearization is such an order.
//
// Linearizability is local: a history is linearizable if the operations of each
// object are. A model's Key tells the objects apart; each is a part, and is
// checked on its own.
//
// # How it is decided
//
// In general the problem is NP-complete (Gibbons and Korach, 1997). [Check] takes
// the best algorithm that applies to each part, and its [Result] says which:
//
//   - [ByZones]: registers and keys whose written values are all different, with
//     reads, writes and successful compare-and-sets: O(n log n), a million operations in
//     half a second.
//   - [ByDecrease]: sets, queues, stacks and priority queues in which no value
//     is put in twice: O(n log n).
//   - [ByDistinct]: unique identifiers.
//   - [ByHint]: if the system itself says in which order it did things
//     ([Model].Index), that order is tried first.
//   - [BySearch]: everything else. The search remembers configurations by the
//     operations that are open, not by the whole history, so its memory depends on
//     the concurrency and on how often it has to step back.
//   - [ByPorcupine]: the search of github.com/anishathalye/porcupine, on request, for
//     comparison. [CheckOperations] takes porcupine's models and histories.
//
// So write unique values where you can: it is what makes long histories cheap.
//
// The parts of a history of 512 operations or more are judged on all cores, except in a
// world; what comes out does not depend on how many there are.
//
// # Why not porcupine's search
//
// Porcupine remembers each configuration that it enters, with a bit for each operation of the
// history. The search here remembers those that failed, with a bit for each operation that is open. Both were given
// porcupine's models and histories as they are, without keys, reads or hints, on two cores
// (go test ./checker -run xxx -bench AgainstPorcupine -benchtime 9x; medians, other work went on beside it):
//
//	history                                        time, of porcupine's   memory allocated
//	register, 10 clients × 1,000, legal            1.04                   0.29
//	register, 10 clients × 1,000, late stale read  0.41                   0.27
//	register, 10 clients × 10,000, the same        0.49                   0.05
//	register, 3 clients × 100,000, legal           0.08                   0.03
//	register, 3 clients × 100,000, stale           0.07                   0.02
//	compare-and-set and set, 1,000, legal          0.47, 0.46             0.37, 0.37
//	the same, late wrong answer                    0.64, 0.68             0.38, 0.41
//	queue, stack and priority queue, 40            0.38 to 0.76           0.54 to 0.63
//	porcupine's published etcd histories           0.59                   0.34
//	porcupine's published key-value histories      0.66                   0.74
//
// From run to run the times of the shortest ones vary, up to 1.2; in none was porcupine quicker each time.
// The key-value histories are the nearest to a draw, 0.66 to 1.1 in several runs: nearly all
// of the time goes into the model's own steps, which append texts, and both searches make the same steps, 742,000 and
// 744,000 in the longest. So the search here is the default, and porcupine's is there for comparison.
//
// An Ok rests on an order that has been replayed through the model, apart from the
// algorithm that found it. An Illegal comes with an [Explanation]: a class such as "stale
// read" or "lost write", a sub-history of a few operations that is illegal by
// itself, and the circle of reasons. Search is bounded by a [Budget] of steps and bytes, never
// by time, so a verdict is the same on every machine. A budget that runs
// out gives [Unknown], and Unknown fails the test.
//
// # Other levels
//
// [CheckLevel] judges sequential and causal consistency and the session
// guarantees, [Strongest] finds the strongest level that is met; [WithinVersions] and
// [WithinTime] allow for bounded staleness. A [Monitor] judges a history while it
// happens, and [Watch] stops the test at the first event that cannot be right.
//
// A monitor's work grows exponentially with the operations that are open at once on one key, and with
// those of unknown outcome before (go test ./checker -run xxx -bench Monitor -benchtime 3x; a register, half
// writes of unique values):
//
//	open at once                   2      4      6     8      10     12
//	ways that are kept, at most    3      18     48    528    688    gives up
//	time for an event              1 µs   2 µs   5 µs  80 µs  0.3 ms
//	4 open, and writes that timed out   1      2       4        8
//	ways that are kept, at most         36     72      288      gives up
//	time for an event                   4 µs   12 µs   0.2 ms
//
// It gives up on a key when one return takes more than its budget, a fraction of a second, and the
// history is judged at the end. [Check] has no such trouble.
//
// An explanation says what weaker level a history of up to 10,000 operations still meets; for longer ones
// ask [Strongest]. Where a stronger level could not be decided both say so.
//
// [Transactions] looks for the anomalies of transactions (Adya 1999, Kingsbury and
// Alvaro 2020), from dirty writes to write skew.
//
// # What it does not do
//
// It does not generate operations or run them. It judges the history it is given: what
// no client saw is not in it, and a bug that leaves no trace in the outputs
// leaves none in the verdict. It does not judge liveness. Models are trusted: a
// Reads or Key that is untrue makes verdicts untrue. For transactions, levels are
// judged by what the values read reveal, which for registers is much less than
// for lists; reads by predicate are not covered.
package checker
