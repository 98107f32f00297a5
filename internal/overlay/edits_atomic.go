package overlay

// atomicPoints makes the methods of sync/atomic's types scheduling points, where the race detector
// has them compiled to calls.
func atomicPoints() []edit {
	all := []string{"Load", "Store", "Swap", "CompareAndSwap"}
	numbers := append(all[:len(all):len(all)], "Add", "And", "Or")
	var out []edit
	for _, t := range []struct {
		name    string
		methods []string
	}{
		{"Bool", all}, {"Pointer", all},
		{"Int32", numbers}, {"Int64", numbers}, {"Uint32", numbers}, {"Uint64", numbers}, {"Uintptr", numbers},
	} {
		for _, m := range t.methods {
			out = append(out, edit{file: "sync/atomic/type.go", decl: "(*" + t.name + ")." + m, op: atEntry, text: "simPoint()"})
		}
	}
	return out
}
