package overlay

// atomicPoints makes atomic operations scheduling points, where the race detector has them compiled to calls: the methods of
// sync/atomic's types by edits, its functions, which have no bodies, by others in their place. The first
// lines of their files, which are comments, make way for a build constraint.
func atomicPoints() []edit {
	all := []string{"Load", "Store", "Swap", "CompareAndSwap"}
	numbers := append(all[:len(all):len(all)], "Add", "And", "Or")
	out := []edit{
		{file: "sync/atomic/doc.go", op: buildIf, text: "!race"},
		{file: "sync/atomic/doc_32.go", op: buildIf, text: "!race"},
		{file: "sync/atomic/doc_64.go", op: buildIf, text: "!race"},
	}
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
