package globals_test

import "github.com/terrella-go/terrella/internal/reexec"

func init() { reexec.Init() }
