package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate returns what is wrong with a fault. Names of nodes are not looked up.
func (f *Fault) Validate() error {
	k, err := KindNamed(f.Kind)
	if err != nil {
		return err
	}
	if err := f.validateVictims(k); err != nil {
		return err
	}
	if err := f.validateAmount(k); err != nil {
		return err
	}
	for _, p := range f.Params {
		if !slices.Contains(k.Params, p.Key) && !(k.Amount == VersionN && p.Key == "to") {
			return fmt.Errorf("%s has no parameter %q%s", k.Name, p.Key, among(k.Params))
		}
		if err := validateParam(p); err != nil {
			return err
		}
	}
	switch {
	case k.Setting && (f.When != When{} || f.For > 0):
		return fmt.Errorf("%s holds from the start and for good; take out \"at\" and \"for\"", k.Name)
	case k.Setting && slices.ContainsFunc(f.Victims(), func(name string) bool { return name[0] == '@' }):
		return fmt.Errorf("%s wants the names of nodes, or *: who has a role is not known from the start", k.Name)
	case k.Setting && len(f.Params) == 0:
		return fmt.Errorf("%s says nothing; want one or more of %s", k.Name, strings.Join(k.Params, "=, ")+"=")
	case k.Instant && f.For > 0:
		return fmt.Errorf("%s is over at once; take out \"for %v\"", k.Name, f.For)
	case f.For < 0 || f.Inject < 0:
		return fmt.Errorf("%s has a negative time or number", k.Name)
	}
	return f.validateMoment(k)
}

func among(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

func (f *Fault) validateVictims(k *Kind) error {
	all := f.Victims()
	if slices.Contains(all, "") {
		return fmt.Errorf("%s has a victim without a name", k.Name)
	}
	for i, g := range f.Groups {
		if len(g) == 0 {
			return fmt.Errorf("group %d of %s is empty", i+1, k.Name)
		}
	}
	bad := func(want string) error { return fmt.Errorf("%s wants %s", k.Name, want) }
	switch k.Victims {
	case Nodes:
		if len(f.Groups) != 1 {
			return bad("the names of its victims")
		}
	case Pair:
		if len(f.Groups) != 1 || len(all) != 2 {
			return bad("two names")
		}
	case Groups:
		if len(f.Groups) < 2 {
			return bad("groups of names, as in a | b c")
		}
	case Ways:
		if len(f.Groups) != 1 && len(f.Groups) != 2 {
			return bad("names, as in a b, or two groups of them, as in a -> b c")
		}
	case Name:
		if len(f.Groups) > 1 || len(all) > 1 || k.Layer == Point && len(all) == 0 {
			return bad("one name")
		}
	}
	if k.Victims != Ways {
		if twice := duplicate(all); twice != "" {
			return fmt.Errorf("%s names %s twice", k.Name, twice)
		}
	}
	return nil
}

func duplicate(names []string) string {
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return n
		}
	}
	return ""
}

func (f *Fault) validateAmount(k *Kind) error {
	low, high := int64(0), int64(0)
	switch k.Amount {
	case Factor:
		low, high = 1, 1_000_000
	case Ratio:
		low, high = 0, 10_000
	case Span:
		low, high = 0, int64(24*365*time.Hour)
		if k.Layer == Clock {
			low = -high
		}
		if k.Name == "flap" {
			low = 1
		}
	case Rate:
		low, high = -999_999, 1_000_000
	case Bytes, Packet:
		low, high = 1, 1<<40
	case VersionN:
		if f.Param("to") == "" {
			return fmt.Errorf("%s wants the name of what is booted", k.Name)
		}
		return nil
	default:
		return nil
	}
	if f.Amount < low || f.Amount > high {
		return fmt.Errorf("%s by %s is out of range", k.Name, f.AmountText())
	}
	return nil
}

func validateParam(p Param) error {
	ok := true
	switch p.Key {
	case "times":
		n, err := strconv.Atoi(p.Value)
		ok = err == nil && n > 0
	case "chance":
		num, den, _ := strings.Cut(p.Value, "/")
		n, err := strconv.ParseUint(num, 10, 32)
		d, err2 := strconv.ParseUint(den, 10, 32)
		ok = err == nil && err2 == nil && n <= d && d > 0
	case "fs":
		ok = slices.Contains(FileSystems, p.Value)
	case "drive":
		ok = slices.Contains(Drives, p.Value)
	case "period", "sync", "io":
		d, err := time.ParseDuration(p.Value)
		ok = err == nil && d > 0
	case "run":
		x, err := strconv.ParseFloat(p.Value, 64)
		ok = err == nil && x >= 1 && x < 1e6
	}
	if !ok {
		return fmt.Errorf("%s=%s makes no sense; want %s", p.Key, p.Value, wantParam[p.Key])
	}
	return nil
}

var wantParam = map[string]string{"fs": "one of " + strings.Join(FileSystems, ", "), "drive": strings.Join(Drives, " or "), "sync": "sync=5ms", "io": "io=100us",
	"times": "times=3", "chance": "chance=1/10", "period": "period=100ms", "run": "run=3"}
