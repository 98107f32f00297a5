package plan

import "testing"

func TestDeclared(t *testing.T) {
	for name, want := range map[string]string{
		"":                                   "",
		"example.com/a.Test":                 "example.com/a.Test",
		"example.com/a.Test.func1":           "example.com/a.Test",
		"example.com/a.Test.func1.2.gowrap3": "example.com/a.Test",
		"example.com/a.(*Server[...]).Serve.func1-range1":       "example.com/a.(*Server).Serve",
		"example.com/a.(*Server).Serve-fm":                      "example.com/a.(*Server).Serve",
		"example.com/v2.Check2":                                 "example.com/v2.Check2",
		"example.com/a.glob..func1":                             "example.com/a.glob.",
		"example.com/a.Test.func1.Draw[...].func2.deferwrap1.1": "example.com/a.Test.Draw",
		"example.com/a.1/yaml%2ev2.Test":                        "example.com/a.1/yaml%2ev2.Test",
	} {
		if got := (Site{Func: name}).Declared(); got != want {
			t.Errorf("%s: %s; want %s", name, got, want)
		}
	}
}
