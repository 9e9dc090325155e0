module example.org/circuit

go 1.22
