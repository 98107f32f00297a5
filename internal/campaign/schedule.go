package campaign

import "time"

// A job is what a worker may be sent to do: to run worlds of one target, or to find out which targets a root has.
type job struct {
	root   *root
	target *target // nil while the root's targets are to be found out
	over   bool    // there is nothing left to do

	// What is known of it, by which it has its share.
	planted  bool   // its program has a bug that was put there on purpose
	failures uint64 // worlds that have failed
	news     uint64 // which of these was the last that was of a new bucket, from 1; 0 if none is known to be

	weight float64       // its share of the time, to those of the others
	pass   time.Duration // the time that it has had, each piece divided by the weight of then
	visits int           // that go on
	rest   time.Time     // when it is worth another visit; zero if it always is
	had    time.Duration // time, in all
	silent int           // workers in a row that have ended before they came to it
	tries  int           // how often there was no world in time
}

// String names the test.
func (j *job) String() string {
	if j.target != nil {
		return j.target.String()
	}
	return j.root.String()
}

// A scheduler divides the time of workers among jobs by what they may still teach. It is stride scheduling: the job whose pass is least
// goes first, and while it is worked at its pass grows, the slower the greater its weight. So in the long run each has its share, however long a world takes.
//
// It decides where workers go, and nothing else: which worlds a target has, and in which order they are begun, follows from seed and number.
type scheduler struct {
	now  func() time.Time
	jobs []*job
	pass time.Duration // of the job that was sent for last: who comes late begins here
}

// The weights. A bug that was put there on purpose is the one thing known to be still there; but if it has not shown for long, it is
// not likely to do so soon.
const (
	weightPlanted = 128.0       // as long as the bug is not found, for plantedTime; from then on less, in proportion to the time that it has had
	weightFresh   = 1.0         // of a job none of whose worlds has failed
	weightFailed  = 0.5         // of one with failures, as long as they are few
	weightLeast   = 1.0 / 64    // of whatever it is: nothing starves
	weightSilent  = 0.125       // of one that has not come to a world in time
	plantedTime   = time.Minute // of all workers together
	// halvedBy is how many failures that belong to known buckets halve a weight.
	halvedBy = 8
)

// weigh returns what a job weighs.
func (j *job) weigh() float64 {
	switch {
	case j.failures == 0 && j.planted:
		return max(weightPlanted*min(1, plantedTime.Seconds()/max(j.had, 1).Seconds()), weightFresh)
	case j.target == nil && j.tries > 0:
		return weightSilent
	case j.failures == 0:
		return weightFresh
	}
	w := weightFailed
	for n := (j.failures - j.news) / halvedBy; n > 0 && w > weightLeast; n-- {
		w /= 2
	}
	return max(w, weightLeast)
}

// add adds a job, which begins where the others are.
func (s *scheduler) add(j *job) {
	j.pass, j.weight = s.pass, j.weigh()
	s.jobs = append(s.jobs, j)
}

// next returns the job that a worker is to go to, nil if there is none now. Its visit lasts until left is called.
func (s *scheduler) next() *job {
	now := s.now()
	var best *job
	var first time.Duration
	for _, j := range s.jobs {
		if j.over || now.Before(j.rest) || j.target == nil && j.visits > 0 {
			continue
		}
		if !j.rest.IsZero() { // what it has not had while it rested is not made up for
			j.rest, j.pass = time.Time{}, max(j.pass, s.pass)
		}
		// Those who are there already will have had a slice each.
		if at := j.pass + divide(time.Duration(j.visits)*slice, j.weight); best == nil || at < first {
			best, first = j, at
		}
	}
	if best != nil {
		best.visits++
		s.pass = max(s.pass, best.pass)
	}
	return best
}

// left notes the end of a visit.
func (s *scheduler) left(j *job) { j.visits-- }

// spend notes that a worker has spent time at a job.
func (s *scheduler) spend(j *job, took time.Duration) {
	j.had += took
	j.pass += divide(took, j.weight)
	s.reweigh(j)
}

// delay has a job rest for a while.
func (s *scheduler) delay(j *job, d time.Duration) {
	if until := s.now().Add(d); j.rest.Before(until) {
		j.rest = until
	}
}

// fail notes that a world has failed, and returns which of the job's failures this is, from 1.
func (s *scheduler) fail(j *job) uint64 {
	j.failures++
	s.reweigh(j)
	return j.failures
}

// learn notes that a failure was of a new bucket. It may have come a while ago: those after it are not new.
func (s *scheduler) learn(j *job, failure uint64) {
	j.news = max(j.news, failure)
	s.reweigh(j)
}

// reweigh gives a job the weight that it has now. What it has had more than its share is not forgotten, nor does it grow or shrink.
func (s *scheduler) reweigh(j *job) {
	was := j.weight
	j.weight = j.weigh()
	if ahead := j.pass - s.pass; ahead > 0 {
		j.pass = s.pass + divide(ahead, j.weight/was)
	}
}

func divide(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) / by) }

// pressing reports whether a bug that was put there on purpose is not found yet, and has not had its time.
func (s *scheduler) pressing() bool {
	for _, j := range s.jobs {
		if j.planted && !j.over && j.failures == 0 && j.had < plantedTime {
			return true
		}
	}
	return false
}

// visits returns how many visits go on.
func (s *scheduler) visits() (n int) {
	for _, j := range s.jobs {
		n += j.visits
	}
	return n
}

// over reports whether no job has anything left.
func (s *scheduler) over() bool {
	for _, j := range s.jobs {
		if !j.over {
			return false
		}
	}
	return true
}
