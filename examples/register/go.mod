module github.com/terrella-go/terrella/examples/register

go 1.25.0

require github.com/terrella-go/terrella v0.0.0

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	golang.org/x/exp v0.0.0-20250620022241-b7579e27df2b // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace github.com/terrella-go/terrella => ../..
