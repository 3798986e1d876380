module atomic-log/bindings/go

go 1.24
