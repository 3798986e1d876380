// Not yet a path that `go get` can take, since the repository has no public place: see README.md.
module atomic-log/bindings/go

go 1.24
