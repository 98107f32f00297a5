module github.com/terrella-go/terrella/examples/sqlite

go 1.25.0

require (
	github.com/ncruces/go-sqlite3 v0.30.0
	github.com/terrella-go/terrella v0.0.0
	github.com/tetratelabs/wazero v1.9.0
)

require (
	github.com/ncruces/julianday v1.0.0 // indirect
	golang.org/x/exp v0.0.0-20250620022241-b7579e27df2b // indirect
	golang.org/x/sys v0.37.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace github.com/terrella-go/terrella => ../..
