module github.com/terrella-go/terrella/examples/nethttp

go 1.25.0

replace github.com/terrella-go/terrella => ../..

require github.com/terrella-go/terrella v0.0.0-00010101000000-000000000000

require (
	golang.org/x/exp v0.0.0-20250620022241-b7579e27df2b // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
