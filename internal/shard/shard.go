// Package shard divides work among jobs that do not talk to each other.
//
// Each job is told which of how many it is, and takes the pieces of work whose number falls to it. All jobs number the
// pieces alike, so that each piece is done by just one.
package shard

import (
	"fmt"
	"strconv"
	"strings"
)

// A Shard is one of several jobs. The zero Shard is the only one, and does all the work.
type Shard struct {
	// Index counts from 0.
	Index int
	// Count is how many there are; 0 is 1.
	Count int
}

// count returns how many jobs there are.
func (s Shard) count() int { return max(1, s.Count) }

// Has reports whether piece i of the work, counted from 0, is this job's.
func (s Shard) Has(i uint64) bool { return i%uint64(s.count()) == uint64(s.Index) }

// Nth returns the number of this job's nth piece, both counted from 0.
func (s Shard) Nth(n uint64) uint64 { return n*uint64(s.count()) + uint64(s.Index) }

// String returns the shard as Parse reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index+1, s.count()) }

// Parse reads a shard such as 3/16: the third of sixteen.
func Parse(text string) (Shard, error) {
	first, second, ok := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if !ok || err1 != nil || err2 != nil {
		return Shard{}, fmt.Errorf("%q is no shard: want one such as 3/16, the third of sixteen", text)
	}
	s, err := oneOf(index-1, count)
	if err != nil {
		return Shard{}, fmt.Errorf("shard %s: %w", text, err)
	}
	return s, nil
}

// oneOf returns a shard of an index that counts from 0.
func oneOf(index, count int) (Shard, error) {
	switch {
	case count < 1:
		return Shard{}, fmt.Errorf("there can't be %d shards", count)
	case index < 0 || index >= count:
		return Shard{}, fmt.Errorf("of %d shards the first is 1/%d and the last is %d/%d", count, count, count, count)
	}
	return Shard{index, count}, nil
}

// Find returns the shard that the flag names or, if it is empty, that the environment does, and where it was found; from is empty
// if nothing says that there are several. The variables, of which the first that is set counts, are
//
//   - TERRELLA_SHARD: like the flag. In a matrix of GitHub, which sets no variables of its own, the workflow sets it, to
//     ${{ matrix.shard }}/${{ strategy.job-total }}.
//   - JOB_COMPLETION_INDEX, which Kubernetes sets in the pods of an indexed job, from 0. The number of pods it does not tell: the
//     manifest sets JOB_COMPLETIONS to the job's completions.
//   - CI_NODE_INDEX, from 1, and CI_NODE_TOTAL, which GitLab sets in jobs with "parallel".
func Find(flag string, lookup func(string) (string, bool)) (s Shard, from string, err error) {
	if flag != "" {
		s, err = Parse(flag)
		return s, "--shard", err
	}
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	if v := get("TERRELLA_SHARD"); v != "" {
		s, err = Parse(v)
		return s, "TERRELLA_SHARD", named("TERRELLA_SHARD", err)
	}
	if v := get("JOB_COMPLETION_INDEX"); v != "" {
		total := get("JOB_COMPLETIONS")
		if total == "" {
			return s, "", fmt.Errorf("JOB_COMPLETION_INDEX is %s, but Kubernetes does not tell a pod how many there are: set JOB_COMPLETIONS in the manifest to the job's completions, or give --shard", v)
		}
		s, err = pair("JOB_COMPLETION_INDEX", v, 0, "JOB_COMPLETIONS", total)
		return s, "JOB_COMPLETION_INDEX and JOB_COMPLETIONS", err
	}
	index, total := get("CI_NODE_INDEX"), get("CI_NODE_TOTAL")
	switch {
	case index == "" && (total == "" || total == "1"):
		return s, "", nil // GitLab sets the total of jobs without "parallel" too
	case index == "" || total == "":
		return s, "", fmt.Errorf("of CI_NODE_INDEX and CI_NODE_TOTAL only one is set: set both, or give --shard")
	}
	s, err = pair("CI_NODE_INDEX", index, 1, "CI_NODE_TOTAL", total)
	return s, "CI_NODE_INDEX and CI_NODE_TOTAL", err
}

// pair reads a shard from two variables; the index counts from first.
func pair(indexName, index string, first int, totalName, total string) (Shard, error) {
	i, err := strconv.Atoi(index)
	if err != nil {
		return Shard{}, fmt.Errorf("%s is %q, which is no number", indexName, index)
	}
	n, err := strconv.Atoi(total)
	if err != nil {
		return Shard{}, fmt.Errorf("%s is %q, which is no number", totalName, total)
	}
	s, err := oneOf(i-first, n)
	if err != nil {
		return s, fmt.Errorf("%s is %d, counted from %d, and %s is %d: that is no shard", indexName, i, first, totalName, n)
	}
	return s, nil
}

func named(variable string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", variable, err)
}
