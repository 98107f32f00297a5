package disk

import "github.com/terrella-go/terrella/internal/prng"

// InjectNamed adds a fault that [Disk.Withdraw] can take away alone. What it decides by chance follows from
// the disk's seed and the name, whatever other faults there are; so two faults should not have
// one name.
func (d *Disk) InjectNamed(name string, f Fault) error {
	if err := f.validate(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := prng.Seed(d.opts.Seed).Name("named fault").Name(name)
	d.faults = append(d.faults, &activeFault{Fault: f, key: key, name: name})
	return nil
}

// Withdraw takes away the faults of that name. What they have done stays, as with [Disk.ClearFaults].
func (d *Disk) Withdraw(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var rest []*activeFault
	for _, f := range d.faults {
		if f.name != name {
			rest = append(rest, f)
		}
	}
	d.faults = rest
}
