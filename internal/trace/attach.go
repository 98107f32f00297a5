package trace

// KeepsAll reports whether the log keeps every event. Only then are attachments kept: who has to
// work for one asks first.
func (l *Log) KeepsAll() bool { return l != nil && l.keep < 0 }

// Attach adds data to the event of a number, if the log keeps all events. The log keeps data
// itself, not a copy.
func (l *Log) Attach(number uint64, key string, data []byte) {
	if !l.KeepsAll() || number == None {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attached = append(l.attached, Attachment{number, key, data})
}

// Run returns what the log has kept. The log must not grow meanwhile.
func (l *Log) Run(m Meta) *Run {
	r := &Run{Meta: m}
	if l == nil {
		return r
	}
	r.Events = make([]Event, 0, len(l.ring))
	for e := range l.Events() {
		r.Events = append(r.Events, *e)
	}
	r.Attachments = append(r.Attachments, l.attached...)
	r.sortAttachments()
	return r
}

// Since calls f for the events that were kept from number from on, and returns the number of the next.
func (l *Log) Since(from uint64, f func(*Event)) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := max(from, l.number-uint64(len(l.ring))); n < l.number; n++ {
		f(&l.ring[n%uint64(len(l.ring))])
	}
	return l.number
}
