module github.com/terrella-go/terrella/examples/grpc

go 1.25.0

replace github.com/terrella-go/terrella => ../..

require (
	github.com/terrella-go/terrella v0.0.0-00010101000000-000000000000
	google.golang.org/grpc v1.84.0
	google.golang.org/protobuf v1.36.11
)

require (
	golang.org/x/exp v0.0.0-20250620022241-b7579e27df2b // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260706201446-f0a921348800 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
