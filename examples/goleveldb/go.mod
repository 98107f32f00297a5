module github.com/terrella-go/terrella/examples/goleveldb

go 1.25.0

require github.com/terrella-go/terrella v0.0.0

require pgregory.net/rapid v1.3.0 // indirect

require (
	github.com/golang/snappy v0.0.4 // indirect
	github.com/syndtr/goleveldb v1.0.1-0.20220721030215-126854af5e6d
	golang.org/x/exp v0.0.0-20250620022241-b7579e27df2b // indirect
)

replace github.com/terrella-go/terrella => ../..
